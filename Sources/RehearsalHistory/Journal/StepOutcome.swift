/// How a step or a sub-step ended, or how it stands without an end; the raw value is the word in stores and reports.
public enum StepOutcome: String, Hashable, Sendable, CaseIterable {
    /// It did what it is for.
    case ok
    /// It ended without that.
    case failed
    /// It did not end within its bound.
    case timeout
    /// The harness itself had trouble, which says nothing about the step.
    case error
    /// Its procedure left it out and succeeded: a machine that has the update already has nothing to do.
    case skipped
    /// It began, and the journal does not hold its end.
    case unfinished
    /// It never began.
    case notStarted = "not-started"

    /// The outcome of something that ended with an exit status.
    public init(status: Int32) { self = status == 0 ? .ok : .failed }

    /// Whether the step ended without what it is for.
    public var isFailure: Bool {
        switch self {
        case .failed, .timeout, .error: true
        case .ok, .skipped, .unfinished, .notStarted: false
        }
    }

    /// Whether the step itself is to blame for its failure, and not the harness: its machine has failed, and it is repeated as something
    /// that has failed before.
    public var isFailureOfStep: Bool { isFailure && self != .error }

    /// Whether the step has an end in the journal.
    public var isEnd: Bool {
        switch self {
        case .ok, .failed, .timeout, .error: true
        case .skipped, .unfinished, .notStarted: false
        }
    }
}

extension StepOutcome: CustomStringConvertible {
    /// The word in stores and reports.
    public var description: String { rawValue }
}
