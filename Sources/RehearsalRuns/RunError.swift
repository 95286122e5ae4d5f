public import RehearsalModel

/// Why a run, a testbed or a checkpoint cannot be had as asked.
public struct RunError: HintedError, Hashable {
    /// Whose trouble it is.
    public enum Code: String, Sendable {
        /// What was asked for is not there or cannot be used; nothing was started.
        case invalid
        /// Another engine drives the run or the testbed.
        case busy
        /// Trouble of the host or of Rehearsal itself.
        case trouble
    }

    /// Whose trouble it is.
    public let code: Code
    /// What was attempted, on what, and why it failed.
    public let message: String
    /// The remedy, where one is known.
    public let hint: String?

    /// Makes an error.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}
