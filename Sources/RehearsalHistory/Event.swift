public import RehearsalModel

/// What an event of a run's journal says.
public enum EventKind: String, Codable, Sendable, CaseIterable {
    /// The run began; the detail holds its conditions.
    case runStarted
    /// The plan was made and printed.
    case planned
    /// A step is about to start.
    case stepStarted
    /// A step ended; `Event.detailOutcome` says how.
    case stepEnded
    /// A procedure reported the start of one of its sub-steps.
    case substepStarted
    /// A procedure reported the end of one of its sub-steps.
    case substepEnded
    /// A remark.
    case note
    /// A machine waits at its breakpoint.
    case breakpointReached
    /// A breakpoint was cleared and the machine goes on.
    case breakpointCleared
    /// The recorder started to sample.
    case recorderStarted
    /// The recorder stopped.
    case recorderStopped
    /// The package versions of a machine were read.
    case versions
    /// The readiness of the testbed was judged.
    case readiness
    /// The hypervisor reported a change of a machine's state.
    case machineState
    /// A check was judged.
    case verdict
    /// The run ended.
    case runEnded
    /// The engine was started again and took the run up.
    case resumed
    /// The engine was stopped before the end of the run.
    case interrupted
    /// All machines stood still while they were saved, for the run to come back to; see ``Event/savedPause``.
    case checkpointed
    /// The run went back to a checkpoint: `Event.detail` holds its place in the journal as `sequence`.
    case rewound
}

/// One entry of a run's journal.
public struct Event: Codable, Hashable, Sendable {
    /// The place in the journal, from 1; 0 until the store has assigned one.
    public var sequence: Int64
    /// When it happened.
    public var time: Timestamp
    /// What it says.
    public var kind: EventKind
    /// The identifier of the step it belongs to, such as `3.1`.
    public var step: String?
    /// The machine it belongs to.
    public var machine: String?
    /// One line for people.
    public var text: String
    /// Further facts, by name.
    public var detail: [String: String]

    /// Makes an event; the store replaces the sequence when it is appended.
    public init(
        sequence: Int64 = 0, time: Timestamp, kind: EventKind, step: String? = nil, machine: String? = nil,
        text: String = "", detail: [String: String] = [:]
    ) {
        self.sequence = sequence
        self.time = time
        self.kind = kind
        self.step = step
        self.machine = machine
        self.text = text
        self.detail = detail
    }
}
