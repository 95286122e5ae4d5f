/// One problem in one file: what is wrong, where, and what would be right.
public struct Diagnostic: Hashable, Codable, Sendable {
    /// How bad a problem is.
    public enum Severity: String, Codable, Sendable {
        /// The file cannot be used, and nothing is started.
        case error
        /// The file can be used, but is probably not what was meant.
        case warning
    }

    /// Where the problem is.
    public let location: SourceLocation
    /// How bad the problem is.
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
