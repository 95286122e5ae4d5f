public import RehearsalHistory
public import RehearsalModel

/// What doing a step came to; trouble of the harness itself is thrown.
public struct StepResult: Sendable, Equatable {
    /// How it ended.
    public let outcome: StepOutcome
    /// What there is to say about that; empty if nothing.
    public let text: String

    /// Whether it did not do what it is for.
    public var isFailure: Bool { outcome.isFailure }

    private init(_ outcome: StepOutcome, _ text: String = "") {
        self.outcome = outcome
        self.text = text
    }

    /// It did what it is for.
    public static let done = StepResult(.ok)
    /// It did what it is for, with a remark.
    public static func done(remark: String) -> StepResult { StepResult(.ok, remark) }
    /// It did not.
    public static func failed(_ reason: String) -> StepResult { StepResult(.failed, reason) }
    /// It did not end within its bound.
    public static func timedOut(_ reason: String) -> StepResult { StepResult(.timeout, reason) }
    /// The operator stopped the run there: the step stays open in the journal.
    public static let left = StepResult(.unfinished)
}

/// How the execution of a plan ended.
public enum ExecutionOutcome: Sendable, Equatable {
    /// Every step was done.
    case completed
    /// A step failed; what came after it was not started.
    case failed(step: StepID, reason: String)
    /// The operator stopped it at a breakpoint; the run can be resumed.
    case stopped(machine: String)
}

extension ExecutionOutcome: CustomStringConvertible {
    /// A line for people.
    public var description: String {
        switch self {
        case .completed: "every step was done"
        case .failed(let step, let reason): "step \(step) failed: \(reason)"
        case .stopped(let machine): "stopped at the breakpoint of \(machine)"
        }
    }
}
