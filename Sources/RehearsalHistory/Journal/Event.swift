public import RehearsalModel

/// One entry of a run's journal: when something happened, to what, and what it was.
public struct Event: Hashable, Sendable {
    /// The place in the journal, from 1; 0 until the store has assigned one.
    public var sequence: Int64
    /// When it happened.
    public var time: Timestamp
    /// What it says.
    public var payload: Payload
    /// The step it belongs to.
    public var step: StepID?
    /// The machine it belongs to.
    public var machine: String?
    /// One line for people.
    public var text: String

    /// Makes an event; the store replaces the sequence when it is appended.
    public init(
        sequence: Int64 = 0, time: Timestamp, _ payload: Payload, step: StepID? = nil, machine: String? = nil, text: String = ""
    ) {
        self.sequence = sequence
        self.time = time
        self.payload = payload
        self.step = step
        self.machine = machine
        self.text = text
    }

    /// The kind of what it says; nil if this version of Rehearsal does not know it.
    public var kind: EventKind? { payload.kind }

    /// The line for people; the word for the kind stands before it if this version of Rehearsal does not know the kind.
    public var line: String {
        guard case .unknown(let word, _) = payload else { return text }
        return text.isEmpty ? word : "\(word): \(text)"
    }

    /// How the step or sub-step ended, if the event is its end.
    public var outcome: StepOutcome? {
        switch payload {
        case .stepEnded(let outcome, _): outcome
        case .substepEnded(let status): StepOutcome(status: status)
        default: nil
        }
    }

    /// When all machines stood still, or may have, if the event says that they were saved.
    public var savedPause: Event.Pause? {
        if case .checkpointed(let saving) = payload { saving.pause } else { nil }
    }
}
