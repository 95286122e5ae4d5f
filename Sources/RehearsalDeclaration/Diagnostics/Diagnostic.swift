/// One thing wrong with one file: what, where, and what would be right.
public struct Diagnostic: Hashable, Codable, Sendable {
    /// How bad it is.
    public enum Severity: String, Codable, Sendable {
        /// Nothing can be started.
        case error
        /// It works, but hardly as meant.
        case warning
    }

    /// Where it is.
    public let location: SourceLocation
    /// How bad it is.
    public let severity: Severity
    /// What is wrong: lower case, no full stop.
    public let message: String
    /// What would be right.
    public let hint: String?

    /// The name of the file.
    public var file: String { location.file }
    /// The line, from 1.
    public var line: Int { location.line }
    /// The column in Unicode scalars, from 1.
    public var column: Int { location.column }

    /// Makes a diagnostic.
    public init(location: SourceLocation, severity: Severity = .error, message: String, hint: String? = nil) {
        self.location = location
        self.severity = severity
        self.message = message
        self.hint = hint
    }
}

extension Diagnostic: CustomStringConvertible {
    /// "file:line:column: error: message (hint)".
    public var description: String {
        "\(location): \(severity.rawValue): \(message)" + (hint.map { " (\($0))" } ?? "")
    }
}
