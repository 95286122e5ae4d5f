import Foundation
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalStore
import RehearsalTestbed

/// What the steps of a plan do, each kind in a function.
extension PlanExecutor {
    func baseline(seconds: Double) async throws -> StepResult {
        try await pause(seconds: seconds)
        return .done
    }

    // MARK: The recorder

    func startRecorder(_ step: Step) async throws -> StepResult {
        try await recorder.start()
        try journal(.recorderStarted, step: step)
        return .done
    }

    func stopRecorder(_ step: Step) async throws -> StepResult {
        let end = try await recorder.stop()
        let text =
            switch end {
            case .exited(0), .unknown: ""
            case .exited(let status): "it ended with status \(status); see recorder.log"
            case .gone: "it had ended before; see recorder.log"
            }
        try journal(.recorderStopped(end), step: step, text: text)
        return .done
    }

    // MARK: Readiness and versions

    func proveReady(_ step: Step) async throws -> StepResult {
        let machines = try machines()
        let readiness = Readiness(hypervisor: hypervisor, machines: machines, slowness: slowness)
        let kept = await keptIdentifiers(of: machines)
        if let machine = kept.goesOnNext(in: plan, after: step) {
            let waiting = try await readiness.waiting()
            if !waiting.isEmpty {
                let text = "the update of \(machine) was begun before and goes on first"
                return .done(remark: "\(text); until then not ready: \(ServiceReadiness.summary(waiting))")
            }
        }
        let start = HostClock.now()
        let bound = step.boundSeconds * slowness
        let missing = try await readiness.prove(boundSeconds: bound) { waiting in
            try await self.noteWaiting(waiting, step: step)
        }
        guard missing.isEmpty else {
            let text = missing.map { "\($0.machine) \($0.service) (\($0.detail))" }.joined(separator: "; ")
            let others = kept.others.sorted { $0.key < $1.key }.map {
                "; \($0.key) did not end the update that it began last, which --identifier \($0.value) takes up"
            }
            return .failed("not ready after \(Int(HostClock.now().seconds(since: start))) s: \(text)\(others.joined())")
        }
        guard isRecording else { return .done }
        while true {
            let failing = try Readiness.failingProbes(in: store, since: start)
            if failing.isEmpty { return .done(remark: "every service on every machine, and every probe from outside") }
            if HostClock.now().seconds(since: start) > bound {
                let text = failing.map(\.summary).joined(separator: ", ")
                return .failed("probes without a good answer after \(Int(bound)) s: \(text)")
            }
            try await pause(seconds: 0.5)
        }
    }

    /// What machines keep of updates from before this execution, asked once.
    private func keptIdentifiers(of machines: [String]) async -> KeptIdentifiers {
        if let known = keptIdentifiers { return known }
        let kept = await KeptIdentifiers.read(machines, of: hypervisor, identifier: plan.identifier, timeout: 20 + 6 * slowness)
        keptIdentifiers = kept
        return kept
    }

    private func noteWaiting(_ waiting: [ServiceReadiness], step: Step) throws {
        let text = waiting.isEmpty ? "all machines ready" : "waiting for \(ServiceReadiness.summary(waiting))"
        try journal(
            .readiness(waiting.map { Event.Awaited(machine: $0.machine, service: $0.service, detail: $0.detail) }), step: step, text: text)
    }

    func recordVersions(_ step: Step) async throws -> StepResult {
        let machines = try machines()
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
            try journal(.versions(moment), step: step, machine: machine, text: "\(list.count) packages")
        }
        return missing.isEmpty ? .done : .failed("cannot list the packages of \(missing.joined(separator: ", "))")
    }

    // MARK: Breakpoints

    func breakpoint(_ step: Step) async throws -> StepResult {
        try await save(before: step)
        guard let machine = step.machine else { return .done }
        if state.clearedMachines.contains(machine) { return .done(remark: "cleared before") }
        while !state.clearedMachines.contains(machine) {
            try journal(.breakpointReached, step: step, text: machine)
            let (decision, teller) = try await gate.decide(machine: machine, progress: state.progress(of: plan)).plain
            let by = teller.map { ", by \($0)" } ?? ""
            switch decision {
            case .proceed(let machines):
                for name in machines.sorted() { try journal(.breakpointCleared, step: step, machine: name, text: name + by) }
            case .stop, .told:
                stop(at: machine)
                try journal(.interrupted, step: step, text: "stopped at the breakpoint of \(machine)\(by)")
                return .left
            }
        }
        return .done
    }

    /// Saves all machines before a step if they are to be saved there and were not; a run is worth more than its checkpoints, so that
    /// trouble with one is journalled and the run goes on.
    private func save(before step: Step) async throws {
        guard let checkpoints, checkpoints.policy.covers(step.action.kind), !state.checkpoints.contains(where: { $0.step == step.id }),
            !runsAtOnceWithOthers(step)
        else { return }
        isSaving = true
        defer { isSaving = false }
        let folder = checkpoints.folder(for: step.id, except: state.checkpointFolders)
        let begin = HostClock.now()
        do {
            let thinned = try checkpoints.thin()
            let checkpoint = try await checkpoints.save(to: folder, since: state.span(of: step.id)?.attempts.last?.start ?? begin)
            let pause = Event.Pause(
                start: HostClock.time(ofMonotonic: checkpoint.stoodStillFrom), end: HostClock.time(ofMonotonic: checkpoint.stoodStillTo))
            let files = Event.SavedFiles(
                folder: folder.lastPathComponent, bytes: checkpoint.bytes, spreadSeconds: checkpoint.spreadSeconds)
            try journal(
                .checkpointed(Event.Saving(pause: pause, files: files)), step: step,
                text: "all machines saved, they stood still for \(String(format: "%.1f", checkpoint.pauseSeconds)) s"
                    + (thinned.isEmpty ? "" : "; to make room, what was saved before \(thinned.joined(separator: ", ")) was removed"))
            if isRecording { try await settle(after: pause, step: step) }
        } catch let error where isRecoverable(error) {
            // When exactly they stood still is not known; that they may have is.
            try journal(
                .checkpointed(Event.Saving(pause: Event.Pause(start: begin, end: HostClock.now()))), step: step,
                text: "not saved: \(error.quoted)")
        }
    }

    /// Waits until every probe answers as it did before all machines stood still, so that the aftermath of the saving is in nobody's outage.
    ///
    /// A testbed that does not come back to what it was within 2 s × slowness goes on as it is.
    private func settle(after standstill: Event.Pause, step: Step) async throws {
        let settling = try Settling(of: store, after: standstill)
        let bound = 2 * slowness
        var waiting = settling.probes
        while !waiting.isEmpty, HostClock.now().seconds(since: standstill.end) < bound {
            try await pause(seconds: 0.5)
            waiting = try waiting.filter { try !settling.hasSettled($0, in: store) }
        }
        let end = HostClock.now()
        let seconds = String(format: "%.1f", end.seconds(since: standstill.end))
        try journal(
            .settled(Event.Pause(start: standstill.end, end: end)), step: step,
            text: waiting.isEmpty
                ? "every probe answers as before after \(seconds) s"
                : "not as before after \(seconds) s: \(waiting.sorted().joined(separator: ", "))")
    }

    private func runsAtOnceWithOthers(_ step: Step) -> Bool {
        step.id.ancestors.contains { plan.step($0)?.action == .concurrent }
    }

    // MARK: Procedures

    func driver(_ kind: ProcedureDriver, _ step: Step) throws -> any Driver {
        switch kind {
        case .agent: driver
        case .heat, .heatTask: try stackDriver(step)
        }
    }

    func stackDriver(_ step: Step) throws -> any StackDriver {
        guard let stack else { throw EngineError(.run, "step \(step.id) is Heat's, but the testbed has none") }
        return stack
    }

    /// Journals what a check of the stack came to.
    ///
    /// - Parameters:
    ///   - wrong: What was found; empty if nothing was.
    ///   - right: What there is to say if nothing was.
    func note(_ check: WellKnownCheck, _ step: Step, wrong: String, right: String = "") throws {
        let verdict = Event.CheckVerdict(check: check.title, group: "stack", verdict: wrong.isEmpty ? .pass : .fail)
        try journal(.verdict(verdict), step: step, text: wrong.isEmpty ? right : wrong)
    }

    /// Begins the update of the stack, unless it would make another server, port or network of one that is there.
    func beginStackUpdate(_ step: Step, attach: Bool) async throws -> StepResult {
        let (driver, bound) = (try stackDriver(step), step.boundSeconds * slowness)
        if !attach, !plan.mayReplace {
            let result = try await driver.preview(boundSeconds: bound)
            try note(.nothingReplaced, step, wrong: result.isFailure ? result.text : "")
            if result.isFailure { return result }
        }
        return try await driver.begin(boundSeconds: bound, attach: attach)
    }

    /// Ends the update of the stack, and looks whether it has left a hook: the next update would wait there for somebody who is gone.
    func endStackUpdate(_ step: Step) async throws -> StepResult {
        let (driver, bound) = (try stackDriver(step), step.boundSeconds * slowness)
        let result = try await driver.end(boundSeconds: bound)
        guard !result.isFailure, plan.looksFor.contains(.hooksCleared) else { return result }
        let hooks = try await driver.remainingHooks(boundSeconds: bound)
        try note(.hooksCleared, step, wrong: hooks.isEmpty ? "" : "hooks at \(hooks.joined(separator: ", "))")
        return result
    }

    func procedure(
        _ step: Step, name: String, arguments: [String], driver: any Driver, attach: Bool
    ) async throws -> StepResult {
        if !attach { try await save(before: step) }
        guard let machine = step.machine else {
            throw EngineError(.run, "step \(step.id) runs procedure \(name) on no machine")
        }
        let call = ProcedureCall(
            step: step.id, execution: "\(store.directory.lastPathComponent)-\(step.id)-\(state.attempt(of: step.id))", name: name,
            arguments: arguments, leftOut: plan.leftOut, machine: machine, boundSeconds: step.boundSeconds * slowness, attach: attach,
            failedBefore: state.span(of: step.id)?.attempts.contains { $0.outcome?.isFailureOfStep == true } ?? false)
        let log = try StepLog(
            directory: store.directory.appendingPathComponent("steps"), id: step.id.rawValue, name: name, machine: machine)
        let reports = SubstepReports(known: attach ? state : nil)
        let outcome = try await ending(of: call) {
            try await driver.run(call) { timed in
                log.append(timed)
                try await self.report(timed, step: step, to: reports)
            }
        }
        switch outcome {
        case .finished(0): return .done
        case .finished(let status):
            let place = reports.failed.map { " in \($0)" } ?? ""
            let why = reports.complaint.map { ": \($0)" } ?? ""
            return .failed("procedure \(name) on \(machine) ended with status \(status)\(place)\(why); see \(log.path)")
        case .timedOut(let isStopped):
            let place = reports.open.map { " (in \($0))" } ?? ""
            return .timedOut(
                "procedure \(name) on \(machine) did not end within \(Int(call.boundSeconds)) s\(place) "
                    + "and \(isStopped ? "was stopped" : "could not be stopped"); see \(log.path)")
        case .lost(let why):
            let place = reports.open.map { ", in \($0)" } ?? ""
            return .failed("\(why)\(place); see \(log.path)")
        }
    }

    /// How an execution ends: as its driver sees it, or because its machine does not do any more what it was doing.
    private func ending(
        of call: ProcedureCall, following run: @escaping @Sendable () async throws -> ProcedureOutcome
    ) async throws -> ProcedureOutcome {
        try await withThrowingTaskGroup(of: ProcedureOutcome.self) { group in
            group.addTask { try await run() }
            group.addTask { try await self.interruption(of: call) }
            defer { group.cancelAll() }
            guard let outcome = try await group.next() else { throw CancellationError() }
            return outcome
        }
    }

    /// Waits until something ends what a machine is doing.
    private func interruption(of call: ProcedureCall) async throws -> ProcedureOutcome {
        while true {
            if let since = state.inFlight(call.step)?.since, let event = state.lastInterruption(of: call.machine), event.time >= since {
                return .lost("\(event.text) during procedure \(call.name)")
            }
            try await pause(seconds: 0.5)
        }
    }

    private func report(_ timed: TimedStepLine, step: Step, to reports: SubstepReports) throws {
        switch timed.line {
        case .begin(_, _, let substep):
            let id = step.substepID(named: substep)
            reports.begin(substep)
            guard !reports.knowsStart(of: id) else { return }
            try journal(.substepStarted, step: step, id: id, text: substep, at: timed.time)
        case .end(_, _, let substep, let status):
            let id = step.substepID(named: substep)
            reports.end(substep, status: status)
            guard !reports.knowsEnd(of: id) else { return }
            try journal(.substepEnded(status: status), step: step, id: id, text: status == 0 ? "" : "status \(status)", at: timed.time)
        case .log(_, let text): reports.note(text)
        case .exit: return
        }
    }
}

/// What an execution reports of its sub-steps; written and read in the order of its reports.
private final class SubstepReports: @unchecked Sendable {
    /// What the journal held when the execution was attached to, whose reports come once more; nil for a new one.
    private let known: RunState?
    /// The sub-step that failed last.
    private(set) var failed: String?
    /// The sub-step that has begun and not ended.
    private(set) var open: String?
    /// The guest's own words for why the sub-step that began last fails: of its output the first line that names an error of the system, or
    /// else the first that calls itself an error, or else the last one.
    var complaint: String? { (systemError ?? error ?? last).map { String($0.prefix(240)) } }

    private var systemError: String?
    private var error: String?
    private var last: String?

    init(known: RunState?) { self.known = known }

    func begin(_ substep: String) {
        open = substep
        (systemError, error, last) = (nil, nil, nil)
    }

    func end(_ substep: String, status: Int32) {
        open = nil
        if status != 0 { failed = substep }
    }

    func note(_ text: String) {
        let words = text.lowercased()
        if systemError == nil, Self.systemErrors.contains(where: { words.contains($0) }) { systemError = text }
        if error == nil, words.contains("error") || words.hasPrefix("e: ") { error = text }
        if !text.isEmpty { last = text }
    }

    /// What the C library says of errors that no package can mend (`strerror`), in small letters.
    private static let systemErrors = [
        "no space left on device", "read-only file system", "input/output error", "cannot allocate memory", "disk quota exceeded",
    ]

    func knowsStart(of substep: StepID) -> Bool { known?.span(of: substep)?.attempts.isEmpty == false }
    func knowsEnd(of substep: StepID) -> Bool { known?.span(of: substep)?.attempts.contains { $0.end != nil } ?? false }
}
