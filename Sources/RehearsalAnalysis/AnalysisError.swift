/// Why a stored run could not be analysed.
public struct AnalysisError: Error, Sendable, CustomStringConvertible {
    /// The class of trouble.
    public enum Code: String, Sendable {
        /// The run has no branch of that number.
        case noBranch
        /// The record of the run cannot be read.
        case damaged
    }

    /// The class of trouble.
    public var code: Code
    /// What was attempted, on what, and why it failed.
    public var message: String
    /// What to do about it.
    public var hint: String?
    /// The error underneath.
    public var cause: (any Error)?

    /// The message, and the hint in brackets.
    public var description: String {
        hint.map { "\(message) (\($0))" } ?? message
    }
}
