import Foundation
public import RehearsalHistory
import RehearsalHost
public import RehearsalModel
public import RehearsalStore
public import RehearsalTestbed

/// Starts and stops the recorder of a testbed.
public protocol RecorderControl: Sendable {
    /// Starts it unless it runs.
    func start() async throws
    /// Lets it write its last samples and stops it.
    ///
    /// - Returns: How it came to its end.
    func stop() async throws -> RecorderEnd
    /// Whether it runs.
    func isRunning() async -> Bool
}

/// Executes a plan against a testbed, journalling every step before it starts and after it ends.
///
/// What the journal says is done is not done again, so the executor of a resumed run is the same as that of a new one.
public actor PlanExecutor {
    let plan: Plan
    let store: RunStore
    let hypervisor: any Hypervisor
    let driver: any Driver
    let stack: (any StackDriver)?
    let recorder: any RecorderControl
    let gate: any BreakpointGate
    let checkpoints: RunCheckpoints?
    let faults: FaultInjector?
    let checks: MachineChecks?
    let scaler: TestbedScaler?
    let probes: @Sendable (Topology) throws -> Void
    let slowness: Double
    private let observer: @Sendable (Event) -> Void

    /// What the journal says, up to its last event.
    private(set) var state: RunState
    /// How this execution ends; nil while steps are begun in the order of the plan. After a failure only what records the end of a run is
    /// still begun, after a stop nothing.
    private var ending: ExecutionOutcome?
    /// What machines kept of earlier updates; nil until the first proof.
    var keptIdentifiers: KeptIdentifiers?
    /// The faults that are injected, were, or were tried to be.
    var begunFaults: Set<StepID> = []
    /// Since when what is broken has been.
    var injectedFaults: [StepID: Timestamp] = [:]
    /// Whether machines are being saved, or have not come to themselves since.
    var isSaving = false
    /// Whether the recorder is being started anew, with other probes.
    var isChangingRecorder = false
    /// Whether every fault has to be healed now.
    var mustHeal = false
    /// Whether no step of the tree will be begun any more.
    private(set) var areStepsOver = false
    private var watch = MachineWatch(since: HostClock.now())

    /// - Parameters:
    ///   - driver: Starts what the engine has machines do.
    ///   - stack: Starts what Heat has them do; nil if the plan leaves nothing to it.
    ///   - checkpoints: Where all machines are saved to come back to; nil saves none.
    ///   - faults: Breaks what the plan wants broken; nil for a plan without faults.
    ///   - checks: Looks at machines; nil for a plan that wants none looked at.
    ///   - scaler: Lets machines join and leave; nil for a plan in which none does.
    ///   - probes: Has the next recorder ask what there is to ask in a testbed with the machines of a topology.
    ///   - slowness: How much slower guests run than the host (at least 1); multiplies every bound of the plan.
    ///   - observer: Called with every event once it is on disk.
    public init(
        plan: Plan, store: RunStore, hypervisor: any Hypervisor, driver: any Driver, stack: (any StackDriver)? = nil,
        recorder: any RecorderControl, gate: any BreakpointGate, checkpoints: RunCheckpoints? = nil,
        faults: FaultInjector? = nil, checks: MachineChecks? = nil, scaler: TestbedScaler? = nil,
        probes: @escaping @Sendable (Topology) throws -> Void = { _ in }, slowness: Double,
        observer: @escaping @Sendable (Event) -> Void
    ) {
        self.plan = plan
        self.store = store
        self.hypervisor = hypervisor
        self.driver = driver
        self.stack = stack
        self.recorder = recorder
        self.gate = gate
        self.checkpoints = checkpoints
        self.faults = faults
        self.checks = checks
        self.scaler = scaler
        self.probes = probes
        self.slowness = slowness
        self.observer = observer
        state = RunState(plan: plan)
    }

    /// Executes what the journal does not hold yet.
    ///
    /// - Throws: Trouble of the harness itself, such as a testbed that is gone; a failed step is an outcome.
    public func run() async throws -> ExecutionOutcome {
        let journal = try store.events()
        state = RunState(plan: plan, journal: journal)
        watch = MachineWatch(since: journal.last?.time ?? HostClock.now())
        try await noteMachines()
        try await restartRecorder()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.supervise() }
            group.addTask { try await self.performAll() }
            defer { group.cancelAll() }
            // Supervision ends by an error alone.
            try await group.next()
        }
        let outcome = ending ?? .completed
        // What waits at a breakpoint would wait until Heat gives up; stopped, the same update can go on with it.
        if state.isStackUpdateOpen, outcome != .completed { try? await stack?.stop(boundSeconds: 30 * slowness) }
        return outcome
    }

    /// Adds an event to the journal and to what is known of the run.
    func journal(
        _ payload: Event.Payload, step: Step? = nil, id: StepID? = nil, machine: String? = nil, text: String = "", at time: Timestamp? = nil
    ) throws {
        let event = try store.append(
            Event(
                time: time ?? HostClock.now(), payload, step: id ?? step?.id, machine: machine ?? step?.machine, text: text))
        state.apply(event)
        observer(event)
    }

    /// Stops the execution at the breakpoint of a machine.
    func stop(at machine: String) { ending = .stopped(machine: machine) }

    /// Whether the operator stopped it: what is broken stays so until the run is taken up.
    var isStopped: Bool { if case .stopped = ending { true } else { false } }

    // MARK: The recorder

    /// Whether the recorder is meant to run; while it is being stopped, or started anew, it is not.
    var isRecording: Bool {
        guard case .running = state.recorder, !isChangingRecorder else { return false }
        return !state.inFlight.contains { $0.step.kind == .stopRecorder }
    }

    /// Journals what happens to machines by itself, and starts the recorder again if it died; what it missed is unknown time in the report.
    ///
    /// - Throws: ``TestbedError`` with code `gone`: a driver that waits for lines of a machine would wait until its bound.
    private func supervise() async throws {
        while true {
            do {
                try await noteMachines()
                try await restartRecorder()
            } catch let error where isRecoverable(error) {
                // Looked after again in a moment.
            }
            try await pause(seconds: 2)
        }
    }

    private func noteMachines() async throws {
        for event in try await hypervisor.events(after: watch.last, wait: 0) {
            guard let change = watch.change(event) else { continue }
            try journal(.machineChanged(change.kind), machine: event.machine, text: change.text, at: change.time)
        }
    }

    private func restartRecorder() async throws {
        if isRecording, await !recorder.isRunning(), isRecording {
            try await recorder.start()
            try journal(.recorderStarted, text: "the recorder was gone and is started again")
        }
    }

    // MARK: Steps

    private func performAll() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.attendFaults() }
            group.addTask { try await self.performSteps() }
            try await group.waitForAll()
        }
    }

    private func performSteps() async throws {
        for step in plan.root { try await perform(step) }
        (mustHeal, areStepsOver) = (true, true)
    }

    /// Whether a step is not begun any more; what records the end of a run is still done after a failure.
    private func isCutOff(_ step: Step) -> Bool {
        switch (ending ?? .completed, step.action) {
        case (.completed, _), (.failed, .recordVersions), (.failed, .stopRecorder), (.failed, .healFaults): false
        case (.failed, .sequence), (.failed, .concurrent): step.children.allSatisfy(isCutOff)
        case (.failed, _), (.stopped, _): true
        }
    }

    private func perform(_ step: Step) async throws {
        let span = state.span(of: step.id)
        guard span?.outcome != .ok, !isCutOff(step) else { return }
        try Task.checkCancellation()
        let attach = span?.isInFlight == true
        if !attach { try await inject(.before, step) }
        try journal(.stepStarted(attempt: state.nextAttempt(of: step.id)), step: step, text: step.name)
        let start = HostClock.now()
        let result: StepResult
        do {
            result = try await act(step, attach: attach)
        } catch let error where !(error is CancellationError) {
            try journal(.stepEnded(.error), step: step, text: error.quoted)
            throw error
        }
        if case .stopped = ending { return }
        try journal(.stepEnded(result.outcome, seconds: HostClock.now().seconds(since: start)), step: step, text: result.text)
        if result.isFailure, ending == nil { ending = .failed(step: step.id, reason: result.text) }
        if ending == nil { try await inject(.after, step) }
    }

    /// Does what a step is for.
    ///
    /// - Parameter attach: Whether an engine before this one may have begun it already.
    private func act(_ step: Step, attach: Bool) async throws -> StepResult {
        switch step.action {
        case .sequence: try await sequence(step)
        case .concurrent: try await concurrent(step)
        case .startRecorder: try await startRecorder(step)
        case .stopRecorder: try await stopRecorder(step)
        case .baseline(let seconds): try await baseline(seconds: seconds)
        case .recordVersions: try await recordVersions(step)
        case .proveReady: try await proveReady(step)
        case .breakpoint: try await breakpoint(step)
        case .procedure(let name, let arguments, let kind):
            try await procedure(step, name: name, arguments: arguments, driver: driver(kind, step), attach: attach)
        case .beginStackUpdate: try await beginStackUpdate(step, attach: attach)
        case .endStackUpdate: try await endStackUpdate(step)
        case .healFaults: try await healFaults(step)
        case .inspect(let moment, let names): try await lookAtMachines(step, moment, names)
        case .scale(let role, let count, let forgets): try await scale(step, role: role, count: count, forgets: forgets)
        case .substep, .fault: .done
        }
    }

    private func sequence(_ step: Step) async throws -> StepResult {
        for child in step.children { try await perform(child) }
        return groupResult(step)
    }

    private func concurrent(_ step: Step) async throws -> StepResult {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for child in step.children { group.addTask { try await self.perform(child) } }
            try await group.waitForAll()
        }
        return groupResult(step)
    }

    private func groupResult(_ step: Step) -> StepResult {
        guard case .failed(let failed, _) = ending, step.id.contains(failed) else { return .done }
        return .failed("step \(failed) failed")
    }
}
