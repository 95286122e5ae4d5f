public import RehearsalModel
import RehearsalTestbed

/// Trouble of the harness itself; a failed command in a guest is a value, a failed expectation a verdict.
public struct EngineError: HintedError {
    /// What kind of trouble it was.
    public enum Code: String, Sendable {
        /// A machine never booted or its guest agent never answered.
        case machineUnreachable
        /// A service never became ready.
        case notReady
        /// The testbed is gone or belongs to another run.
        case testbed
        /// The run cannot be resumed or found.
        case run
    }

    /// What kind of trouble it was.
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

/// Whether work can go on after an error: nobody cancelled it, and the testbed is still there.
func isRecoverable(_ error: any Error) -> Bool {
    !(error is CancellationError) && (error as? TestbedError)?.code != .gone
}
