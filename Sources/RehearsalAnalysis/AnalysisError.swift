public import RehearsalModel

/// Why a stored run could not be analysed.
public struct AnalysisError: HintedError {
    /// The class of trouble.
    public enum Code: String, Sendable {
        /// The run has no branch of that number.
        case noBranch
        /// The record of the run cannot be read.
        case damaged
    }

    /// The class of trouble.
    public let code: Code
    /// What was attempted, on what, and why it failed.
    public let message: String
    /// What to do about it.
    public let hint: String?
    /// The error underneath.
    public let cause: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, hint: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.cause = cause
    }
}
