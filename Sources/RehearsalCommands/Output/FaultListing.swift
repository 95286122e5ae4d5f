import Foundation
import RehearsalModel
import RehearsalReport

/// The kinds of faults that there are.
struct FaultListing: Listing, Encodable {
    struct Argument: Encodable {
        let name: String
        /// What it is when nobody says; null if somebody has to.
        @Nullable var `default`: String?
        let summary: String
    }
    struct Kind: Encodable {
        let name: String
        let summary: String
        /// Who does it: `guest`, `testbed` or `hypervisor`.
        let `where`: String
        let arguments: [Argument]
    }

    let faults: [Kind]

    init(_ kinds: [FaultKind]) {
        faults = kinds.map { kind in
            Kind(
                name: kind.name, summary: kind.summary, where: kind.place.rawValue,
                arguments: kind.arguments.map { Argument(name: $0.name, default: $0.standard, summary: $0.summary) })
        }
    }

    var table: String {
        let width = faults.map(\.name.count).max() ?? 0
        return faults.map { kind in
            let name = kind.name.padding(toLength: width, withPad: " ", startingAt: 0)
            let told = kind.arguments.map { argument in
                String(repeating: " ", count: width + 4) + argument.name + (argument.default.map { "=\($0)" } ?? "")
                    + ": \(argument.summary)\n"
            }
            return "\(name)  \(kind.summary)\n" + told.joined()
        }.joined()
    }
}
