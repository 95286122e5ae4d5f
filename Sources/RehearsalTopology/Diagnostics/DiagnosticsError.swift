/// The files cannot be used: every problem found in them, in the order of file, line and column.
public struct DiagnosticsError: Error, Hashable, Sendable {
    /// All problems, warnings included; at least one is an error.
    public let diagnostics: [Diagnostic]

    /// Wraps problems, sorted by place.
    public init(diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics.sorted { $0.location < $1.location }
    }
}

extension DiagnosticsError: CustomStringConvertible {
    /// One line for each problem.
    public var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }
}

/// A value that could be used, and what its author should still know.
public struct Loaded<Value: Sendable>: Sendable {
    /// The value.
    public let value: Value
    /// The warnings, in the order of file, line and column.
    public let warnings: [Diagnostic]
}
