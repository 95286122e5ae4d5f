import ArgumentParser
import Foundation

/// How a command prints what it lists or shows.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case table
    /// For programs; `docs/cli-json.md` says what is in it.
    case json
}

/// What a command lists or shows.
protocol Listing {
    /// For people; every line ends with a line feed.
    var table: String { get }
    /// For programs; ends with a line feed. Keys are in snake_case, times are UTC in ISO 8601, sizes are bytes, lengths are seconds.
    func json() throws -> String
}

extension Listing where Self: Encodable {
    func json() throws -> String { try Output.json(self) }
}

/// Something whose two forms another room makes.
struct Rendered: Listing {
    let table: String
    let makeJSON: () throws -> String

    /// - Parameter json: Makes the form for programs; called only if that is asked for.
    init(table: String, json: @escaping () throws -> String) {
        self.table = table
        makeJSON = json
    }

    func json() throws -> String { try makeJSON() }
}

/// The one place where listings become text.
enum Output {
    /// A listing in a format.
    static func render(_ listing: any Listing, as format: OutputFormat) throws -> String {
        switch format {
        case .table: listing.table
        case .json: try listing.json()
        }
    }

    /// A value as every command prints it: keys sorted, indented.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}

/// The option of every command that lists or shows something.
struct OutputOptions: ParsableArguments {
    @Option(help: "How it is printed, for people or for programs: table or json.") var format: OutputFormat = .table

    /// Prints a listing on standard output.
    func print(_ listing: any Listing) throws { Terminal.output(try Output.render(listing, as: format)) }
}
