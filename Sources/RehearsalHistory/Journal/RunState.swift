public import RehearsalModel

/// Where a run stands, by its journal: the one fold of events that the engine, the commands and the reports share.
///
/// Going back to a checkpoint takes the state back to what it was there; what the run left is kept as a branch.
public struct RunState: Sendable {
    /// Whether a run goes on.
    public enum Standing: Hashable, Sendable {
        /// The journal holds neither an end nor an interruption.
        case going
        /// The engine was stopped, or the run went back, and nothing has taken it up since.
        case interrupted
        /// The run ended.
        case ended(at: Timestamp)
    }

    /// Whether the recorder samples.
    public enum Recorder: Hashable, Sendable {
        /// It never did.
        case notStarted
        /// It has since it first started, as far as the journal says.
        case running(since: Timestamp)
        /// It did from its first start until it was stopped or was found to be gone.
        case stopped(since: Timestamp, at: Timestamp, RecorderEnd)
    }

    /// A saving of all machines, or the attempt.
    public struct Checkpoint: Hashable, Sendable {
        /// The step that comes next.
        public var step: StepID
        /// The machine of that step.
        public var machine: String?
        /// Its event's place in the journal.
        public var sequence: Int64
        /// When it was journalled.
        public var time: Timestamp
        /// What was saved; nil if it failed.
        public var files: Event.SavedFiles?

        /// Makes a saving.
        public init(step: StepID, machine: String? = nil, sequence: Int64, time: Timestamp, files: Event.SavedFiles? = nil) {
            self.step = step
            self.machine = machine
            self.sequence = sequence
            self.time = time
            self.files = files
        }
    }

    /// A step or sub-step in flight.
    public struct InFlight: Hashable, Sendable {
        /// The step.
        public var step: StepRecord
        /// Since when, on this branch: what was open at a checkpoint counts from its next start after going back there.
        public var since: Timestamp
    }

    private let plan: [StepRecord]
    private var course: Course
    private var left: [Branch] = []
    /// The highest attempt of each step, whatever branch it was on.
    private var numbers: [StepID: Int] = [:]
    /// The folders that checkpoints were saved to, whatever branch they were on.
    public private(set) var checkpointFolders: Set<String> = []

    /// Folds a journal.
    ///
    /// - Parameters:
    ///   - plan: The steps of the run; those that only the journal tells of are added.
    ///   - journal: All events, in order.
    public init(plan: [StepRecord] = [], journal: [Event] = []) {
        self.plan = plan
        course = Course(plan)
        for event in journal { apply(event) }
    }

    /// Folds a journal of a plan.
    public init(plan: Plan, journal: [Event] = []) { self.init(plan: plan.records(), journal: journal) }

    /// Takes the next event of the journal.
    public mutating func apply(_ event: Event) {
        switch event.payload {
        case .rewound(let sequence, _):
            // A branch on which nothing was done is none.
            if course.events.last?.kind != .rewound { left.append(Branch(events: course.events, end: course.events.last?.time)) }
            let kept = course.events.filter { $0.sequence <= sequence }
            course = Course(plan)
            for event in kept { course.apply(event) }
        case .stepStarted(let attempt):
            if let step = event.step { numbers[step] = max(numbers[step] ?? 1, attempt) }
        case .checkpointed(let saving):
            if let files = saving.files { checkpointFolders.insert(files.folder) }
        default: break
        }
        course.apply(event)
    }

    // MARK: The run

    /// The branches that the run left, in the order it left them, and the one it is on.
    public var branches: [Branch] { left + [branch] }
    /// The branch that the run is on.
    public var branch: Branch { Branch(events: course.events, end: nil) }
    /// Whether the run goes on.
    public var standing: Standing { course.standing }
    /// When the run ended; nil if it has not, or has been taken up or taken back since.
    public var end: Timestamp? { if case .ended(let time) = course.standing { time } else { nil } }
    /// Whether the recorder samples.
    public var recorder: Recorder { course.recorder }
    /// Whether an update of the overcloud's stack was begun and has not ended.
    public var isStackUpdateOpen: Bool { course.isStackUpdateOpen }
    /// The checkpoints of the branch that the run is on, oldest first, with those that failed.
    public var checkpoints: [Checkpoint] { course.checkpoints }
    /// The event that last ended what a machine was doing; nil if none did.
    public func lastInterruption(of machine: String) -> Event? { course.interruptions[machine] }
    /// The machines that became part of the testbed during the run.
    public var joinedMachines: Set<String> { course.joined }
    /// The machines whose breakpoints were cleared.
    public var clearedMachines: Set<String> { course.cleared }
    /// The breakpoints that were reached.
    public var reachedBreakpoints: Set<StepID> { course.reached }

    /// The last event that says why a step failed; nil if none did.
    public var lastFailure: Event? { course.lastFailure }

    // MARK: Its steps

    /// What became of each step, in the order of the tree.
    public var spans: [StepSpan] {
        course.spans.values.map { span in
            guard span.outcome == .notStarted, span.step.kind == .substep, let parent = span.step.parent,
                course.spans[parent]?.outcome == .ok
            else { return span }
            var span = span
            span.outcome = .skipped
            return span
        }.sorted { $0.step.id < $1.step.id }
    }

    /// What became of a step so far; nil if neither the plan nor the journal holds it.
    public func span(of step: StepID) -> StepSpan? { course.spans[step] }

    /// The steps in flight.
    public var inFlight: [InFlight] {
        course.since.compactMap { id, since in course.spans[id].map { InFlight(step: $0.step, since: since) } }
            .sorted { $0.step.id < $1.step.id }
    }

    /// A step in flight; nil if it is not.
    public func inFlight(_ step: StepID) -> InFlight? {
        guard let since = course.since[step], let span = course.spans[step] else { return nil }
        return InFlight(step: span.step, since: since)
    }

    /// When a step last started or was taken up.
    public func lastStart(of step: StepID) -> Timestamp? { course.starts[step] }

    /// The number of a step's last attempt on any branch; 1 for one that never started.
    public func attempt(of step: StepID) -> Int { numbers[step] ?? 1 }

    /// The number of a step's next attempt, or of the one that is in flight: machines and logs name executions by it, so that it is used
    /// once, whatever branch it was on.
    public func nextAttempt(of step: StepID) -> Int {
        guard let last = numbers[step] else { return 1 }
        return span(of: step)?.isInFlight == true ? last : last + 1
    }
}

/// The state of one course of events, without going back.
private struct Course: Sendable {
    var events: [Event] = []
    var spans: [StepID: StepSpan]
    var since: [StepID: Timestamp] = [:]
    var starts: [StepID: Timestamp] = [:]
    var reached: Set<StepID> = []
    var cleared: Set<String> = []
    var interruptions: [String: Event] = [:]
    var joined: Set<String> = []
    var lastFailure: Event?
    var isStackUpdateOpen = false
    var recorder = RunState.Recorder.notStarted
    var checkpoints: [RunState.Checkpoint] = []
    var standing = RunState.Standing.going

    init(_ plan: [StepRecord]) { spans = Dictionary(plan.map { ($0.id, StepSpan(step: $0)) }) { $1 } }

    mutating func apply(_ event: Event) {
        events.append(event)
        switch event.payload {
        // A fault that the plan does not hold was injected by hand.
        case .stepStarted: begin(event, unplanned: event.step?.faultNumber == nil ? .unplanned : .fault)
        case .substepStarted: begin(event, unplanned: .substep)
        case .stepEnded(let outcome, _):
            finish(event, outcome)
            if outcome.isFailure, !event.text.isEmpty { lastFailure = event }
        case .substepEnded(let status): finish(event, StepOutcome(status: status))
        case .breakpointReached: if let step = event.step { reached.insert(step) }
        case .breakpointCleared: if let machine = event.machine { cleared.insert(machine) }
        case .recorderStarted:
            switch recorder {
            case .notStarted: recorder = .running(since: event.time)
            case .running(let first), .stopped(let first, _, _): recorder = .running(since: first)
            }
        case .recorderStopped(let end):
            switch recorder {
            case .notStarted: recorder = .stopped(since: event.time, at: event.time, end)
            case .running(let first), .stopped(let first, _, _): recorder = .stopped(since: first, at: event.time, end)
            }
        case .checkpointed(let saving):
            guard let step = event.step else { break }
            checkpoints.append(
                RunState.Checkpoint(
                    step: step, machine: event.machine, sequence: event.sequence, time: event.time, files: saving.files))
        case .rewound:
            // What was open at the checkpoint begins anew: the time between was spent on another branch.
            since = [:]
            standing = .interrupted
        case .runStarted, .resumed: standing = .going
        case .interrupted: standing = .interrupted
        case .runEnded: standing = .ended(at: event.time)
        case .machineChanged(let change):
            guard let machine = event.machine else { break }
            if change.endsWork { interruptions[machine] = event }
            if change == .joined { joined.insert(machine) }
        case .planned, .versions, .readiness, .verdict, .settled, .unknown: break
        }
    }

    private mutating func begin(_ event: Event, unplanned kind: StepKind) {
        guard let id = event.step else { return }
        var span =
            spans[id]
            ?? StepSpan(
                step: StepRecord(
                    id: id, parent: id.parent, name: event.text, machine: event.machine, kind: kind, position: spans.count))
        span.begin(at: event.time, machine: event.machine)
        spans[id] = span
        since[id] = since[id] ?? event.time
        starts[id] = event.time
    }

    private mutating func finish(_ event: Event, _ outcome: StepOutcome) {
        guard let id = event.step else { return }
        since[id] = nil
        spans[id]?.finish(at: event.time, outcome, note: event.text)
        guard outcome == .ok else { return }
        switch spans[id]?.step.kind {
        case .beginStackUpdate?: isStackUpdateOpen = true
        case .endStackUpdate?: isStackUpdateOpen = false
        default: break
        }
    }
}
