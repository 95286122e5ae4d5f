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
    func stop() async throws
    /// Whether it runs.
    func isRunning() async -> Bool
}

/// How the execution of a plan ended.
public enum ExecutionOutcome: Sendable, Equatable {
    /// Every step was done.
    case completed
    /// A step failed; what came after it was not started.
    case failed(step: String, reason: String)
    /// The operator stopped it at a breakpoint; the run can be resumed.
    case stopped(machine: String)
}

/// Executes a plan against a testbed, journalling every step before it starts and after it ends.
///
/// What the journal says is done is not done again, so the executor of a resumed run is the same as that of a new one.
public actor PlanExecutor {
    private let plan: Plan
    private let store: RunStore
    private let hypervisor: any Hypervisor
    private let driver: any Driver
    private let stack: (any StackDriver)?
    private let recorder: any RecorderControl
    private let gate: any BreakpointGate
    private let checkpoints: RunCheckpoints?
    private let slowness: Double
    private let observer: @Sendable (Event) -> Void

    private var done: [String: String] = [:]
    private var attempts: [String: Int] = [:]
    private var cleared: Set<String> = []
    private var failure: (step: String, reason: String)?
    /// Steps that an executor before this one saw fail, on the branch taken.
    private var failedBefore: Set<String> = []
    private var stopped: String?
    /// Steps that the journal left open: an executor before this one was killed in the middle of them.
    private var open: Set<String> = []
    /// "begin ID" and "end ID" of every sub-step in the journal.
    private var reported: Set<String> = []
    private var isRecording = false
    /// Whether an update of the stack was begun and not ended.
    private var isStackUpdateOpen = false
    /// Steps before which all machines were saved, or that it was tried for.
    private var saved: Set<String> = []
    /// When the steps in flight started.
    private var started: [String: Timestamp] = [:]
    /// How many groups of steps that run at once are in flight.
    private var concurrent = 0

    /// - Parameters:
    ///   - driver: Starts what the engine has machines do.
    ///   - stack: Starts what Heat has them do; nil if the plan leaves nothing to it.
    ///   - checkpoints: Where all machines are saved to come back to; nil saves none.
    ///   - slowness: How much slower guests run than the host (at least 1); multiplies every bound of the plan.
    ///   - observer: Called with every event once it is on disk.
    public init(
        plan: Plan, store: RunStore, hypervisor: any Hypervisor, driver: any Driver, stack: (any StackDriver)? = nil,
        recorder: any RecorderControl, gate: any BreakpointGate, checkpoints: RunCheckpoints? = nil, slowness: Double,
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
        self.slowness = slowness
        self.observer = observer
    }

    /// Executes what the journal does not hold yet.
    ///
    /// - Throws: Trouble of the harness itself, such as a keeper that is gone; a failed step is an outcome.
    public func run() async throws -> ExecutionOutcome {
        try readJournal()
        try await restartRecorder()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.supervise() }
            group.addTask { try await self.performAll() }
            defer { group.cancelAll() }
            // Supervision ends by an error alone.
            try await group.next()
        }
        // What waits at a breakpoint would wait until Heat gives up; stopped, the same update can go on with it.
        if isStackUpdateOpen, stopped != nil || failure != nil { try? await stack?.stop(boundSeconds: 30 * slowness) }
        if let stopped { return .stopped(machine: stopped) }
        if let failure { return .failed(step: failure.step, reason: failure.reason) }
        return .completed
    }

    // MARK: Journal

    @discardableResult
    private func journal(
        _ kind: EventKind, step: Step? = nil, id: String? = nil, machine: String? = nil, text: String = "", at time: Timestamp? = nil,
        _ detail: [String: String] = [:]
    ) throws -> Event {
        let event = try store.append(
            Event(
                time: time ?? HostClock.now(), kind: kind, step: id ?? step?.id.rawValue, machine: machine ?? step?.machine, text: text,
                detail: detail))
        note(event)
        observer(event)
        return event
    }

    private func readJournal() throws {
        let journal = try store.events()
        for event in Branch.taken(of: journal).events {
            note(event)
            guard let step = event.step else { continue }
            switch event.kind {
            case .stepEnded:
                let outcome = event.detail["outcome"] ?? "ok"
                switch outcome {
                case "ok": done[step] = outcome
                // Trouble of the harness says nothing of the step.
                case "error": break
                default: failedBefore.insert(step)
                }
                switch plan.step(StepID(rawValue: step))?.action {
                case .beginStackUpdate? where outcome == "ok": isStackUpdateOpen = true
                case .endStackUpdate? where outcome == "ok": isStackUpdateOpen = false
                default: break
                }
            case .breakpointCleared: event.machine.map { _ = cleared.insert($0) }
            default: break
            }
        }
        // A number is used once, whatever branch it was on: machines and logs name an execution by it.
        for event in journal where event.kind == .stepStarted {
            guard let step = event.step else { continue }
            attempts[step] = max(attempts[step] ?? 1, event.detail["attempt"].flatMap { Int($0) } ?? 1)
        }
        for step in attempts.keys where !open.contains(step) { attempts[step, default: 1] += 1 }
    }

    /// Remembers what later steps ask the journal about.
    private func note(_ event: Event) {
        if event.kind == .recorderStarted { isRecording = true }
        if event.kind == .recorderStopped { isRecording = false }
        guard let step = event.step else { return }
        switch event.kind {
        case .stepStarted:
            if open.insert(step).inserted { started[step] = event.time }
        case .stepEnded: open.remove(step)
        case .substepStarted: reported.insert("begin \(step)")
        case .substepEnded: reported.insert("end \(step)")
        case .checkpointed: saved.insert(step)
        default: break
        }
    }

    private func performAll() async throws {
        for step in plan.root {
            try await perform(step)
            if stopped != nil { break }
        }
    }

    /// Starts the recorder again if it died; what it missed is unknown time in the report.
    ///
    /// - Throws: ``TestbedError`` with code `keeper-gone`: a driver that waits for lines of a machine would wait until its bound.
    private func supervise() async throws {
        while true {
            do {
                _ = try await hypervisor.machines()
                try await restartRecorder()
            } catch let error where isRecoverable(error) {
                // Looked after again in a moment.
            }
            try await pause(seconds: 2)
        }
    }

    private func restartRecorder() async throws {
        if isRecording, await !recorder.isRunning(), isRecording {
            try await recorder.start()
            try journal(.recorderStarted, text: "the recorder was gone and is started again")
        }
    }

    // MARK: Steps

    /// Whether the rest of the plan is cut off; what records the end of a run is still done after a failure.
    private func isCutOff(_ step: Step) -> Bool {
        if stopped != nil { return true }
        guard failure != nil else { return false }
        switch step.action {
        case .recordVersions, .stopRecorder: return false
        case .sequence, .concurrent: return !step.children.contains { !isCutOff($0) }
        default: return true
        }
    }

    private func perform(_ step: Step) async throws {
        let id = step.id.rawValue
        guard done[id] == nil, !isCutOff(step) else { return }
        try Task.checkCancellation()
        let attach = open.contains(id)
        try journal(.stepStarted, step: step, text: step.name, ["attempt": "\(attempts[id] ?? 1)"])
        let start = HostClock.now()
        let result: (outcome: String, reason: String)
        do {
            result = try await act(step, attach: attach)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            try journal(.stepEnded, step: step, text: "\(error)", ["outcome": "error"])
            throw error
        }
        if stopped != nil { return }
        try journal(
            .stepEnded, step: step, text: result.reason,
            ["outcome": result.outcome, "seconds": String(format: "%.1f", HostClock.now().seconds(since: start))])
        if result.outcome == "ok" {
            done[id] = "ok"
        } else if failure == nil {
            failure = (id, result.reason)
        }
    }

    private func act(_ step: Step, attach: Bool) async throws -> (outcome: String, reason: String) {
        switch step.action {
        case .sequence:
            for child in step.children { try await perform(child) }
            return groupResult(step)
        case .concurrent:
            concurrent += 1
            defer { concurrent -= 1 }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for child in step.children { group.addTask { try await self.perform(child) } }
                try await group.waitForAll()
            }
            return groupResult(step)
        case .startRecorder:
            try await recorder.start()
            try journal(.recorderStarted, step: step)
            return ("ok", "")
        case .stopRecorder:
            isRecording = false
            try await recorder.stop()
            try journal(.recorderStopped, step: step)
            return ("ok", "")
        case .baseline(let seconds):
            try await pause(seconds: seconds)
            return ("ok", "")
        case .recordVersions:
            return try await recordVersions(step)
        case .proveReady:
            return try await proveReady(step)
        case .breakpoint:
            try await save(before: step, .breakpoint)
            return try await breakpoint(step)
        case .procedure(let name, let arguments, let kind):
            if !attach { try await save(before: step, .procedure) }
            return try await procedure(step, name: name, arguments: arguments, driver: try driver(kind, step), attach: attach)
        case .beginStackUpdate:
            let why = try await stackDriver(step).begin(boundSeconds: step.boundSeconds * slowness, attach: attach)
            isStackUpdateOpen = why == nil
            return why.map { ("failed", $0) } ?? ("ok", "")
        case .endStackUpdate:
            let why = try await stackDriver(step).end(boundSeconds: step.boundSeconds * slowness)
            if why == nil { isStackUpdateOpen = false }
            return why.map { ("failed", $0) } ?? ("ok", "")
        case .substep:
            return ("ok", "")
        }
    }

    private func driver(_ kind: ProcedureDriver, _ step: Step) throws -> any Driver {
        switch kind {
        case .agent: driver
        case .heat, .heatTask: try stackDriver(step)
        }
    }

    private func stackDriver(_ step: Step) throws -> any StackDriver {
        guard let stack else { throw EngineError(.run, "step \(step.id.rawValue) is Heat's, but the testbed has none") }
        return stack
    }

    private func groupResult(_ step: Step) -> (outcome: String, reason: String) {
        guard let failure, step.contains(failure.step) else { return ("ok", "") }
        return ("failed", "step \(failure.step): \(failure.reason)")
    }

    // MARK: Checkpoints

    /// Saves all machines before a step if they are to be saved there and were not; a run is worth more than its checkpoints, so that
    /// trouble with one is told and the run goes on.
    private func save(before step: Step, _ kind: CheckpointPolicy.StepKind) async throws {
        let id = step.id.rawValue
        guard let checkpoints, checkpoints.policy.covers(kind), !saved.contains(id), concurrent == 0 else { return }
        let folder = checkpoints.folder(for: id, journal: try store.events())
        let begin = HostClock.now()
        do {
            let checkpoint = try await checkpoints.save(to: folder, since: started[id] ?? begin)
            let from = HostClock.time(ofMonotonic: checkpoint.stoodStillFrom)
            let to = HostClock.time(ofMonotonic: checkpoint.stoodStillTo)
            try journal(
                .checkpointed, step: step,
                text: "all machines saved, they stood still for \(String(format: "%.1f", checkpoint.pauseSeconds)) s",
                [
                    "folder": folder.lastPathComponent, "bytes": "\(checkpoint.bytes)", "paused_from": "\(from.nanoseconds)",
                    "paused_to": "\(to.nanoseconds)", "spread_s": String(format: "%.3f", checkpoint.spreadSeconds),
                ])
        } catch let error where isRecoverable(error) {
            // When exactly they stood still is not known; that they may have is.
            try journal(
                .checkpointed, step: step, text: "not saved: \((error as? TestbedError)?.message ?? "\(error)")",
                ["paused_from": "\(begin.nanoseconds)", "paused_to": "\(HostClock.now().nanoseconds)"])
        }
    }

    // MARK: Actions

    private func proveReady(_ step: Step) async throws -> (outcome: String, reason: String) {
        let machines = try store.machines().map(\.name)
        let readiness = Readiness(hypervisor: hypervisor, machines: machines, slowness: slowness)
        let start = HostClock.now()
        let bound = step.boundSeconds * slowness
        let missing = try await readiness.prove(boundSeconds: bound) { waiting in
            try await self.noteWaiting(waiting, step: step)
        }
        guard missing.isEmpty else {
            return (
                "failed",
                "not ready after \(Int(bound)) s: " + missing.map { "\($0.machine) \($0.service) (\($0.detail))" }.joined(separator: "; ")
            )
        }
        guard isRecording else { return ("ok", "") }
        while true {
            let failing = try Readiness.failingProbes(in: store, since: start)
            if failing.isEmpty { return ("ok", "every service on every machine, and every probe from outside") }
            if HostClock.now().seconds(since: start) > bound {
                let text = failing.map { "\($0.probe) (\($0.outcome?.rawValue ?? "no answer"))" }.joined(separator: ", ")
                return ("failed", "probes without a good answer after \(Int(bound)) s: \(text)")
            }
            try await pause(seconds: 0.5)
        }
    }

    private func noteWaiting(_ waiting: [ServiceReadiness], step: Step) throws {
        let text = waiting.isEmpty ? "all machines ready" : "waiting for \(ServiceReadiness.summary(waiting))"
        try journal(
            .readiness, step: step, text: text, Dictionary(waiting.map { ("\($0.machine).\($0.service)", $0.detail) }) { left, _ in left })
    }

    private func breakpoint(_ step: Step) async throws -> (outcome: String, reason: String) {
        guard let machine = step.machine else { return ("ok", "") }
        if cleared.contains(machine) { return ("ok", "cleared before") }
        try journal(.breakpointReached, step: step, text: machine)
        switch try await gate.decide(
            machine: machine, progress: MachineProgress.all(of: plan, events: Branch.taken(of: try store.events()).events))
        {
        case .proceed(let machines):
            for name in machines.sorted() {
                cleared.insert(name)
                try journal(.breakpointCleared, step: step, machine: name, text: name)
            }
            return cleared.contains(machine) ? ("ok", "") : try await breakpoint(step)
        case .stop:
            stopped = machine
            try journal(.interrupted, step: step, text: "stopped at the breakpoint of \(machine)")
            return ("stopped", "")
        }
    }

    private func procedure(
        _ step: Step, name: String, arguments: [String], driver: any Driver, attach: Bool
    ) async throws -> (outcome: String, reason: String) {
        guard let machine = step.machine else {
            throw EngineError(.run, "step \(step.id.rawValue) runs procedure \(name) on no machine")
        }
        let id = step.id.rawValue
        let run = store.directory.lastPathComponent
        let attempt = attempts[id] ?? 1
        attempts[id] = attempt
        let call = ProcedureCall(
            step: step.id, execution: "\(run)-\(id)-\(attempt)", name: name, arguments: arguments, machine: machine,
            boundSeconds: step.boundSeconds * slowness, attach: attach, failedBefore: failedBefore.contains(id))
        let log = try StepLog(directory: store.directory.appendingPathComponent("steps"), id: id, name: name, machine: machine)
        let before = attach ? reported : []
        let failedSubstep = FailedSubstep()
        let outcome = try await driver.run(call) { timed in
            log.append(timed)
            try await self.report(timed, step: step, before: before, failed: failedSubstep)
        }
        switch outcome {
        case .finished(0): return ("ok", "")
        case .finished(let status):
            let place = failedSubstep.name.map { " in \($0)" } ?? ""
            return ("failed", "procedure \(name) on \(machine) ended with status \(status)\(place); see \(log.path)")
        case .timedOut:
            return ("timeout", "procedure \(name) on \(machine) did not end within \(Int(call.boundSeconds)) s; see \(log.path)")
        }
    }

    private func report(_ timed: TimedStepLine, step: Step, before: Set<String>, failed: FailedSubstep) throws {
        switch timed.line {
        case .begin(_, _, let substep):
            let id = step.substepID(named: substep)
            guard !before.contains("begin \(id)") else { return }
            try journal(.substepStarted, step: step, id: id, text: substep, at: timed.time)
        case .end(_, _, let substep, let status):
            let id = step.substepID(named: substep)
            if status != 0 { failed.name = substep }
            guard !before.contains("end \(id)") else { return }
            try journal(
                .substepEnded, step: step, id: id, text: status == 0 ? "" : "status \(status)", at: timed.time,
                ["status": "\(status)", "outcome": status == 0 ? "ok" : "failed"])
        case .exit, .log:
            return
        }
    }

    private func recordVersions(_ step: Step) async throws -> (outcome: String, reason: String) {
        let machines = try store.machines().map(\.name)
        let first = try machines.first.map { try store.packages(machine: $0, moment: .before).isEmpty } ?? true
        let moment: PackageMoment = first ? .before : .after
        let lists = await withTaskGroup(of: (String, [PackageVersion]?).self) { group in
            for machine in machines {
                group.addTask { [hypervisor, slowness] in
                    (machine, try? await PackageFacts.read(machine, hypervisor: hypervisor, slowness: slowness))
                }
            }
            var all: [String: [PackageVersion]?] = [:]
            for await (machine, list) in group { all[machine] = list }
            return all
        }
        var missing: [String] = []
        for machine in machines {
            guard let list = lists[machine] ?? nil, !list.isEmpty else {
                missing.append(machine)
                continue
            }
            try store.setPackages(list, machine: machine, moment: moment)
            try journal(.versions, step: step, machine: machine, text: "\(list.count) packages", ["moment": moment.rawValue])
        }
        return missing.isEmpty ? ("ok", "") : ("failed", "cannot list the packages of \(missing.joined(separator: ", "))")
    }
}

/// Which sub-step of an execution failed last; written and read in the order of its reports.
private final class FailedSubstep: @unchecked Sendable {
    var name: String?
}

/// Reads what a machine has installed.
enum PackageFacts {
    static func read(_ machine: String, hypervisor: any Hypervisor, slowness: Double) async throws -> [PackageVersion] {
        let result = try await hypervisor.machine(named: machine).shell.execute(
            ["dpkg-query", "-W", "-f", "${db:Status-Status}\\t${Package}\\t${Version}\\t${source:Package}\\n"], timeout: 20 + 5 * slowness)
        return result.standardOutput.split(separator: "\n").compactMap { line in
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard words.count >= 4, words[0] == "installed" else { return nil }
            return PackageVersion(name: words[1], version: words[2], source: words[3])
        }
    }
}
