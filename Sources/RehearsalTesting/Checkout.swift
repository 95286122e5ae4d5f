public import Foundation

/// The working copy that the tests were built from.
public enum Checkout {
    /// The folder that holds `Package.swift`.
    public static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The text of a file, by its path from the root.
    public static func text(_ path: String) throws -> String { try String(contentsOf: root.appending(path: path), encoding: .utf8) }
}

/// A page in Markdown, read for what its tables name.
public struct MarkdownPage {
    /// The text of the page, or of a part of it.
    public let text: String

    /// Takes a text.
    public init(text: String) { self.text = text }

    /// Reads a page of the working copy.
    public init(_ path: String) throws { self.init(text: try Checkout.text(path)) }

    /// The part below a heading, up to the next heading of the same level or a higher one; nil if there is no such heading.
    ///
    /// - Parameter heading: The whole line, with its `#`.
    public func section(_ heading: String) -> MarkdownPage? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0 == heading }) else { return nil }
        let level = heading.prefix { $0 == "#" }.count
        let rest = lines[(start + 1)...].prefix { !$0.hasPrefix("#") || $0.prefix { $0 == "#" }.count > level }
        return MarkdownPage(text: rest.joined(separator: "\n"))
    }

    /// The rows of the first table whose first column has that title, each a list of its cells; empty if there is none.
    public func table(_ title: String) -> [[String]] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let head = lines.firstIndex(where: { $0.hasPrefix("| \(title) |") }) else { return [] }
        return lines[(head + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    /// The words between backticks, in their order.
    public static func words(_ text: String) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// The keys of JSON that a cell names: what is between backticks, without the `[]` of arrays.
    ///
    /// What stands in parentheses behind a key explains it and names no keys, unless the key is that of an array: then they hold the keys
    /// of its members.
    public static func keys(_ cell: String) -> Set<String> {
        let bare = cell.replacing(/(?<key>`[^`]*`) \([^()]*\)/) { match in
            match.key.hasSuffix("[]`") ? String(match.output.0) : String(match.key)
        }
        return Set(words(bare).map { $0.hasSuffix("[]") ? String($0.dropLast(2)) : $0 })
    }

    /// All keys of a JSON value and of what is in it.
    ///
    /// - Parameter maps: The keys of objects whose own keys are names of the user's.
    public static func keys(ofJSON value: Any, maps: Set<String> = []) -> Set<String> {
        if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(keys(ofJSON: $1, maps: maps)) } }
        guard let object = value as? [String: Any] else { return [] }
        return object.reduce(into: Set(object.keys)) { all, member in
            if !maps.contains(member.key) { all.formUnion(keys(ofJSON: member.value, maps: maps)) }
        }
    }
}
