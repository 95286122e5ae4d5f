/// A value that was read from files without errors, and the warnings about these files.
public struct Loaded<Value: Sendable>: Sendable {
    /// The value.
    public let value: Value
    /// The warnings, in the order of file, line and column.
    public let warnings: [Diagnostic]
}
