public import RehearsalModel

/// What became of a step in a run.
public struct StepSpan: Hashable, Sendable {
    /// One time that the step was in flight.
    public struct Attempt: Hashable, Sendable {
        /// When the step started.
        public var start: Timestamp
        /// When the step ended; nil when the journal does not say.
        public var end: Timestamp?
        /// How it ended; nil when the journal does not say.
        public var outcome: StepOutcome?

        /// Makes an attempt.
        public init(start: Timestamp, end: Timestamp? = nil, outcome: StepOutcome? = nil) {
            self.start = start
            self.end = end
            self.outcome = outcome
        }

        /// Whether the step was in flight at an instant; the end is not part of it.
        func contains(_ time: Timestamp) -> Bool {
            start <= time && end.map { time < $0 } ?? true
        }

        /// Whether the step was in flight at some instant from `first` to `last`, both included.
        func overlaps(_ first: Timestamp, _ last: Timestamp) -> Bool {
            start <= last && end.map { first < $0 } ?? true
        }
    }

    /// The step.
    public var step: StepRecord
    /// The times it was in flight, oldest first; more than one when it was repeated after a failure, none when it never started.
    public var attempts: [Attempt]
    /// How the last attempt ended, or how the step stands.
    public var outcome: StepOutcome
    /// What the journal says about the end.
    public var note: String

    /// Makes a span.
    public init(step: StepRecord, attempts: [Attempt] = [], outcome: StepOutcome = .notStarted, note: String = "") {
        self.step = step
        self.attempts = attempts
        self.outcome = outcome
        self.note = note
    }

    /// When the step first started.
    public var start: Timestamp? { attempts.first?.start }
    /// When the step last ended.
    public var end: Timestamp? { attempts.last?.end }
    /// Whether the step began and has not ended.
    public var isInFlight: Bool { attempts.last.map { $0.end == nil } ?? false }

    /// Takes the start of the step.
    ///
    /// A step that is started again without an end was taken up by a new engine; the machine never stopped.
    mutating func begin(at time: Timestamp, machine: String?) {
        if !isInFlight { attempts.append(Attempt(start: time)) }
        outcome = .unfinished
        if step.machine == nil { step.machine = machine }
    }

    /// Takes the end of the step; one without a start was left out, or its start was lost with the recording of a machine: it took no time
    /// that is known.
    mutating func finish(at time: Timestamp, _ outcome: StepOutcome, note: String) {
        if attempts.isEmpty { attempts = [Attempt(start: time)] }
        attempts[attempts.count - 1].end = max(time, attempts[attempts.count - 1].start)
        attempts[attempts.count - 1].outcome = outcome
        self.outcome = outcome
        self.note = note
    }
}
