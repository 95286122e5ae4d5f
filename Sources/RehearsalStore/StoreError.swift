public import RehearsalModel

/// Why a run's store could not do what was asked.
public struct StoreError: HintedError {
    /// The class of trouble.
    public enum Code: String, Sendable {
        /// There is no such run.
        case notFound
        /// There is a run already.
        case exists
        /// Another process holds it.
        case busy
        /// The file is not a run's store, or it is damaged.
        case damaged
        /// The store was written by a newer version of Rehearsal.
        case newer
        /// The argument cannot be right.
        case invalid
        /// Anything else.
        case failed
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
