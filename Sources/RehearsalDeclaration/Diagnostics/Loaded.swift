/// A value that could be used, and what its author should still know.
public struct Loaded<Value: Sendable>: Sendable {
    /// The value.
    public let value: Value
    /// The warnings, in the order of file, line and column.
    public let warnings: [Diagnostic]
}
