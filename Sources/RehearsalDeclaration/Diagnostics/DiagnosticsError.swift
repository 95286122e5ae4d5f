/// Why files cannot be used: every problem in them, in the order of file, line and column.
public struct DiagnosticsError: Error, Hashable, Sendable {
    /// All problems, warnings included; at least one is an error.
    public let diagnostics: [Diagnostic]

    /// Wraps problems, sorted by place.
    public init(diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics.sorted { $0.location < $1.location }
    }
}

extension DiagnosticsError: CustomStringConvertible {
    /// One line for each problem, as a compiler prints them.
    public var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }
}
