import Foundation
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalStore
import RehearsalTestbed
import RehearsalTesting
import Synchronization
import Testing

@testable import RehearsalEngine

/// A driver whose procedures end as the test says, and that remembers what it was asked.
private final class ScriptedDriver: Driver {
    private let calls = Mutex<[ProcedureCall]>([])
    private let outcome: @Sendable (ProcedureCall) -> ProcedureOutcome

    init(_ outcome: @escaping @Sendable (ProcedureCall) -> ProcedureOutcome = { _ in .finished(status: 0) }) { self.outcome = outcome }

    var asked: [ProcedureCall] { calls.withLock { $0 } }

    func run(_ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void) async throws -> ProcedureOutcome {
        calls.withLock { $0.append(call) }
        let result = outcome(call)
        let status: Int32 = if case .finished(let status) = result { status } else { 75 }
        for line in [
            StepLine.begin(execution: call.execution, guestTime: 1, substep: "work"),
            .end(execution: call.execution, guestTime: 2, substep: "work", status: status),
            .exit(execution: call.execution, guestTime: 3, status: status),
        ] {
            try await report(TimedStepLine(time: HostClock.now(), line: line, late: false))
        }
        return result
    }
}

/// A driver that waits for a line that never comes, as for a machine that is gone with its keeper.
private struct WaitingDriver: Driver {
    let hypervisor: FakeHypervisor
    func run(_ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void) async throws -> ProcedureOutcome {
        await hypervisor.vanish()
        while true { try await pause(seconds: 0.01) }
    }
}

/// A driver whose machine is reset in the middle of a sub-step, so that no line of it comes any more.
private struct ResetDriver: Driver {
    let hypervisor: FakeHypervisor
    func run(_ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void) async throws -> ProcedureOutcome {
        let line = StepLine.begin(execution: call.execution, guestTime: 1, substep: "work")
        try await report(TimedStepLine(time: HostClock.now(), line: line, late: false))
        // QEMU tells twice of it.
        for _ in 0..<2 { await hypervisor.reset(call.machine) }
        while true { try await pause(seconds: 0.01) }
    }
}

/// A driver whose machine stands still for a while in the middle of its procedure, for want of room on the host.
private struct StallingDriver: Driver {
    let hypervisor: FakeHypervisor
    let store: RunStore
    func run(_ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void) async throws -> ProcedureOutcome {
        func told(_ changes: Int) async throws {
            while try store.events().count(where: { $0.kind == .machineChanged }) < changes { try await pause(seconds: 0.01) }
        }
        await hypervisor.stall(call.machine, reason: "I/O error in /disks, 3 MiB are free")
        try await told(1)
        try await hypervisor.machine(named: call.machine).resume()
        try await told(2)
        return .finished(status: 0)
    }
}

/// A driver that waits for ever.
private struct StuckDriver: Driver {
    func run(_ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void) async throws -> ProcedureOutcome {
        while true { try await pause(seconds: 0.01) }
    }
}

/// A driver whose procedures fail after some output.
private struct TalkingDriver: Driver {
    let output: [String]
    func run(_ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void) async throws -> ProcedureOutcome {
        let begin = StepLine.begin(execution: call.execution, guestTime: 1, substep: "work")
        let end = StepLine.end(execution: call.execution, guestTime: 2, substep: "work", status: 100)
        for line in [begin] + output.map({ .log(execution: call.execution, text: $0) }) + [end] {
            try await report(TimedStepLine(time: HostClock.now(), line: line, late: false))
        }
        return .finished(status: 100)
    }
}

/// A stack whose update goes as the test says, and that remembers what was asked of it.
private final class ScriptedStack: StackDriver {
    let driver: ScriptedDriver
    private let refusal: String?
    /// What the update would replace.
    private let replacement: String?
    /// What its environment has when the update has ended.
    private let hooks: [String]
    private let calls = Mutex<[String]>([])

    init(_ driver: ScriptedDriver = ScriptedDriver(), refusal: String? = nil, replacement: String? = nil, hooks: [String] = []) {
        self.hooks = hooks
        self.driver = driver
        self.refusal = refusal
        self.replacement = replacement
    }

    var asked: [String] { calls.withLock { $0 } }
    private func note(_ call: String) { calls.withLock { $0.append(call) } }

    func preview(boundSeconds: Double) async throws -> StepResult { replacement.map(StepResult.failed) ?? .done }
    func begin(boundSeconds: Double, attach: Bool) async throws -> StepResult {
        note(attach ? "attach" : "begin")
        return refusal.map(StepResult.failed) ?? .done
    }
    func end(boundSeconds: Double) async throws -> StepResult {
        note("end")
        return .done
    }
    func remainingHooks(boundSeconds: Double) async throws -> [String] { hooks }
    func stop(boundSeconds: Double) async throws { note("stop") }
    func run(_ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void) async throws -> ProcedureOutcome {
        note(call.machine)
        return try await driver.run(call, report: report)
    }
}

private struct QuietRecorder: RecorderControl {
    func start() async throws {}
    func stop() async throws -> RecorderEnd { .exited(0) }
    func isRunning() async -> Bool { true }
}

/// A recorder that was killed before the executor looks.
private final class DeadRecorder: RecorderControl {
    private let starts = Mutex(0)
    func start() async throws { starts.withLock { $0 += 1 } }
    func stop() async throws -> RecorderEnd { .exited(0) }
    func isRunning() async -> Bool { starts.withLock { $0 } > 0 }
}

/// Waits at a breakpoint until the recorder runs again.
private struct RecordingGate: BreakpointGate {
    let recorder: DeadRecorder
    func decide(machine: String, progress: [(machine: String, state: MachineProgress)]) async throws -> BreakpointDecision {
        while await !recorder.isRunning() { try await pause(seconds: 0.01) }
        return .proceed([machine])
    }
}

private struct ScriptedGate: BreakpointGate {
    let answer: @Sendable (String, [(machine: String, state: MachineProgress)]) -> BreakpointDecision
    func decide(machine: String, progress: [(machine: String, state: MachineProgress)]) async throws -> BreakpointDecision {
        answer(machine, progress)
    }
}

@Suite("plan executor")
struct PlanExecutorTests {
    private let machines = ["controller-0", "controller-1"]

    private func step(_ id: String, _ name: String, _ machine: String? = nil, _ action: Action, _ children: [Step] = []) -> Step {
        Step(
            id: StepID(rawValue: id), name: name, machine: machine, action: action, children: children, boundSeconds: 1, predictedSeconds: 1
        )
    }

    private func plan() -> Plan {
        func update(_ number: Int, _ machine: String) -> Step {
            step(
                "\(number)", "update \(machine)", machine, .sequence,
                [
                    step("\(number).1", "breakpoint", machine, .breakpoint),
                    step(
                        "\(number).2", "packages", machine, .procedure(name: "update", arguments: ["id"]),
                        [step("\(number).2.1", "work", machine, .substep)]),
                ])
        }
        return Plan(
            strategy: "test", topology: "two", seed: 1, identifier: "id",
            root: [update(1, "controller-0"), update(2, "controller-1"), step("3", "versions", nil, .recordVersions)])
    }

    /// The same update by Heat, with a procedure of the agent's before it.
    private func stackPlan() -> Plan {
        func update(_ number: Int, _ machine: String) -> Step {
            step(
                "3.\(number)", "update \(machine)", machine, .sequence,
                [
                    step("3.\(number).1", "breakpoint", machine, .breakpoint),
                    step("3.\(number).2", "packages", machine, .procedure(name: "update", arguments: ["id"], driver: .heat)),
                ])
        }
        return Plan(
            strategy: "test", topology: "two", seed: 1, identifier: "id",
            root: [
                step("1", "drain", "controller-0", .procedure(name: "drain", arguments: [])), step("2", "begin", nil, .beginStackUpdate),
                step("3", "update", nil, .sequence, [update(1, "controller-0"), update(2, "controller-1")]),
                step("4", "end", nil, .endStackUpdate),
            ])
    }

    private func withStore(_ body: (RunStore) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("executor-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = try RunStore.create(directory: directory)
        try store.setMachines(machines.enumerated().map { MachineRecord(name: $1, role: "Controller", position: $0) })
        try await body(store)
    }

    private func testbed() async throws -> FakeHypervisor {
        let hypervisor = FakeHypervisor(machines: machines) { _, _, _ in
            CommandResult(status: 0, standardOutput: "installed\thaproxy\t2\thaproxy\n")
        }
        for machine in machines { try await hypervisor.machine(named: machine).start() }
        return hypervisor
    }

    private func executor(
        _ store: RunStore, _ driver: any Driver, gate: any BreakpointGate = OpenGate(),
        recorder: any RecorderControl = QuietRecorder(), checkpoints: RunCheckpoints? = nil, stack: ScriptedStack? = nil,
        on testbed: FakeHypervisor? = nil
    ) async throws -> PlanExecutor {
        let hypervisor = if let testbed { testbed } else { try await self.testbed() }
        return PlanExecutor(
            plan: stack == nil ? plan() : stackPlan(), store: store, hypervisor: hypervisor, driver: driver, stack: stack,
            recorder: recorder, gate: gate,
            checkpoints: checkpoints, slowness: 2
        ) { _ in }
    }

    private func kinds(_ store: RunStore, _ step: StepID) throws -> [EventKind] {
        try store.events().filter { $0.step == step }.compactMap(\.kind)
    }

    @Test("every step is journalled before and after, machines one after the other")
    func order() async throws {
        try await withStore { store in
            let driver = ScriptedDriver()
            let outcome1 = try await executor(store, driver).run()
            #expect(outcome1 == .completed)
            #expect(driver.asked.map(\.machine) == ["controller-0", "controller-1"])
            #expect(driver.asked.allSatisfy { $0.boundSeconds == 2 && !$0.attach }, "bounds are scaled by the slowness")
            let outcome2 = try kinds(store, "1.2")
            #expect(outcome2 == [.stepStarted, .stepEnded])
            let outcome3 = try kinds(store, "1.2.1")
            #expect(outcome3 == [.substepStarted, .substepEnded])
            let outcome4 = try store.packages(machine: "controller-1", moment: .before).map(\.name)
            #expect(outcome4 == ["haproxy"])
        }
    }

    @Test("after a failure no machine is started, but versions are still recorded")
    func failure() async throws {
        try await withStore { store in
            let driver = ScriptedDriver { _ in .finished(status: 75) }
            let outcome = try await executor(store, driver).run()
            guard case .failed(let step, let reason) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(step == "1.2")
            #expect(reason.hasPrefix("procedure update on controller-0 ended with status 75 in work"))
            #expect(driver.asked.map(\.machine) == ["controller-0"])
            let outcome5 = try kinds(store, "2").isEmpty
            #expect(outcome5)
            let outcome6 = try kinds(store, "3").contains(.stepEnded)
            #expect(outcome6)
            let second = ScriptedDriver()
            let resumed = try await executor(store, second).run()
            #expect(resumed == .completed)
            #expect(second.asked.map(\.failedBefore) == [true, false])
        }
    }

    @Test("a procedure that does not end in time fails its step")
    func timeout() async throws {
        try await withStore { store in
            let outcome = try await executor(store, ScriptedDriver { _ in .timedOut(isStopped: true) }).run()
            guard case .failed("1.2", let reason) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reason.contains("did not end within 2 s and was stopped"))
            let last = try store.events().last { $0.step == "1.2" }
            #expect(last?.outcome == .timeout)
        }
    }

    @Test("a machine that restarts ends its step at once, and the same update is taken up again on it")
    func restart() async throws {
        try await withStore { store in
            let hypervisor = try await testbed()
            // What happened before the run is not its concern.
            await hypervisor.reset("controller-0")
            let outcome = try await executor(store, ResetDriver(hypervisor: hypervisor), on: hypervisor).run()
            guard case .failed("1.2", let reason) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reason.hasPrefix("controller-0 restarted during procedure update, in work; see "))
            let changes = try store.events().filter { $0.kind == .machineChanged }
            #expect(changes.map(\.machine) == ["controller-0"])
            #expect(changes.map(\.payload) == [.machineChanged(.restarted)])
            let second = ScriptedDriver()
            let resumed = try await executor(store, second, on: hypervisor).run()
            #expect(resumed == .completed)
            #expect(second.asked.map(\.arguments) == [["id"], ["id"]])
        }
    }

    @Test("a machine that stands still for want of room is named, and its step goes on when there is room")
    func standstill() async throws {
        try await withStore { store in
            let hypervisor = try await testbed()
            let outcome = try await executor(store, StallingDriver(hypervisor: hypervisor, store: store), on: hypervisor).run()
            #expect(outcome == .completed)
            let changes = try store.events().filter { $0.kind == .machineChanged }
            #expect(changes.map(\.payload).prefix(2) == [.machineChanged(.stoodStill), .machineChanged(.wentOn)])
            #expect(
                changes.map(\.text).prefix(2) == [
                    "controller-0 stands still: what it wrote cannot be stored (I/O error in /disks, 3 MiB are free)",
                    "controller-0 goes on after it stood still",
                ])
        }
    }

    @Test("a machine that restarted while no engine was there has ended its step, too")
    func restartUnseen() async throws {
        try await withStore { store in
            let hypervisor = try await testbed()
            for (payload, step) in [(Event.Payload.runStarted, nil), (.stepStarted(), StepID("1")), (.stepStarted(), "1.2")] {
                _ = try store.append(Event(time: HostClock.now(), payload, step: step, machine: step.map { _ in "controller-0" }))
            }
            await hypervisor.reset("controller-0")
            let outcome = try await executor(store, StuckDriver(), on: hypervisor).run()
            guard case .failed("1.2", let reason) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reason.hasPrefix("controller-0 restarted during procedure update; see "))
        }
    }

    @Test(
        "a failed step says in the guest's own words why",
        arguments: [
            (
                [
                    "Unpacking", "dpkg: error processing package a (--unpack):", "tar: write: No space left on device",
                    "E: dpkg returned an error",
                ],
                "tar: write: No space left on device"
            ),
            (
                ["Setting up a", "dpkg: error processing package a (--configure):", "E: dpkg returned an error"],
                "dpkg: error processing package a (--configure):"
            ),
            (["one", "two"], "two"),
        ])
    func words(output: [String], words: String) async throws {
        try await withStore { store in
            let outcome = try await executor(store, TalkingDriver(output: output)).run()
            guard case .failed(_, let reason) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reason.hasPrefix("procedure update on controller-0 ended with status 100 in work: \(words); see "))
        }
    }

    @Test("a run stopped at a breakpoint is resumed there, and nothing done is done again")
    func stopAndResume() async throws {
        try await withStore { store in
            let first = ScriptedDriver()
            let gate = ScriptedGate { machine, _ in machine == "controller-1" ? .stop : .proceed([machine]) }
            let outcome7 = try await executor(store, first, gate: gate).run()
            #expect(outcome7 == .stopped(machine: "controller-1"))
            #expect(first.asked.map(\.machine) == ["controller-0"])
            let second = ScriptedDriver()
            let outcome8 = try await executor(store, second).run()
            #expect(outcome8 == .completed)
            #expect(second.asked.map(\.machine) == ["controller-1"])
        }
    }

    @Test("what is Heat's is asked of the stack, inside one update of it, and all else of the agent")
    func stack() async throws {
        try await withStore { store in
            let (agent, stack) = (ScriptedDriver(), ScriptedStack())
            let result1 = try await executor(store, agent, stack: stack).run()
            #expect(result1 == .completed)
            #expect(agent.asked.map(\.name) == ["drain"])
            #expect(stack.asked == ["begin", "controller-0", "controller-1", "end"])
        }
    }

    @Test(
        "the operator is told where machines stand: by Heat all wait from the beginning on, by the agent only the one that is asked about")
    func progress() async throws {
        for (stack, other) in [(ScriptedStack(), MachineProgress.onBreakpoint), (nil, .notStarted)] {
            try await withStore { store in
                let told = Mutex<[[MachineProgress]]>([])
                let gate = ScriptedGate { machine, progress in
                    told.withLock { $0.append(progress.map(\.state)) }
                    return .proceed([machine])
                }
                let result = try await executor(store, ScriptedDriver(), gate: gate, stack: stack).run()
                #expect(result == .completed)
                #expect(told.withLock { $0 } == [[.onBreakpoint, other], [.completed, .onBreakpoint]])
            }
        }
    }

    @Test("an update of the stack that is refused fails its step, and no machine is begun")
    func refusedStack() async throws {
        try await withStore { store in
            let stack = ScriptedStack(refusal: "the update would replace CtlplanePort of 3 machines")
            let outcome = try await executor(store, ScriptedDriver(), stack: stack).run()
            #expect(outcome == .failed(step: "2", reason: "the update would replace CtlplanePort of 3 machines"))
            #expect(stack.asked == ["begin"], "there is nothing to stop")
        }
    }

    @Test("an update of the stack that would replace a machine's port is not begun, unless the plan does not look for that")
    func replacingStack() async throws {
        let why = "the update would replace CtlplanePort of 3 machines"
        try await withStore { store in
            let stack = ScriptedStack(replacement: why)
            let outcome = try await executor(store, ScriptedDriver(), stack: stack).run()
            #expect(outcome == .failed(step: "2", reason: why))
            #expect(stack.asked == [])
            let verdicts = try store.events().compactMap { if case .verdict(let verdict) = $0.payload { verdict } else { nil } }
            #expect(verdicts.map(\.verdict) == [.fail] && verdicts.map(\.check) == [WellKnownCheck.nothingReplaced.title])
        }
    }

    @Test("a hook that the update has left in the stack is said, and its place", arguments: [[], ["Controller/Deployment"]])
    func hooksLeft(_ hooks: [String]) async throws {
        try await withStore { store in
            let outcome = try await executor(store, ScriptedDriver(), stack: ScriptedStack(hooks: hooks)).run()
            #expect(outcome == .completed)
            let events = try store.events().filter {
                if case .verdict(let verdict) = $0.payload { verdict.check == WellKnownCheck.hooksCleared.title } else { false }
            }
            #expect(events.map(\.text) == [hooks.isEmpty ? "" : "hooks at Controller/Deployment"])
        }
    }

    @Test("a machine that fails, or an operator who stops, stops the stack's update, and a resumed run goes on with it")
    func stoppedStack() async throws {
        try await withStore { store in
            let failing = ScriptedStack(ScriptedDriver { _ in .finished(status: 1) })
            guard case .failed(step: "3.1.2", _) = try await executor(store, ScriptedDriver(), stack: failing).run() else {
                Issue.record("not failed")
                return
            }
            #expect(failing.asked == ["begin", "controller-0", "stop"])
        }
        try await withStore { store in
            let stack = ScriptedStack()
            let gate = ScriptedGate { machine, _ in machine == "controller-1" ? .stop : .proceed([machine]) }
            let result2 = try await executor(store, ScriptedDriver(), gate: gate, stack: stack).run()
            #expect(result2 == .stopped(machine: "controller-1"))
            #expect(stack.asked == ["begin", "controller-0", "stop"])
            let again = ScriptedStack()
            let result3 = try await executor(store, ScriptedDriver(), gate: gate, stack: again).run()
            #expect(result3 == .stopped(machine: "controller-1"))
            #expect(again.asked == ["stop"], "its journal says that the update was begun")
            let last = ScriptedStack()
            let result4 = try await executor(store, ScriptedDriver(), stack: last).run()
            #expect(result4 == .completed)
            #expect(last.asked == ["controller-1", "end"])
        }
    }

    @Test("a step that was in flight when the engine died is attached to, under the same execution")
    func attach() async throws {
        try await withStore { store in
            for step: StepID in ["1", "1.2"] {
                _ = try store.append(Event(time: HostClock.now(), .stepStarted(), step: step, machine: "controller-0", text: step.rawValue))
            }
            _ = try store.append(Event(time: HostClock.now(), .breakpointCleared, machine: "controller-0"))
            let driver = ScriptedDriver()
            let outcome9 = try await executor(store, driver).run()
            #expect(outcome9 == .completed)
            #expect(driver.asked.first?.attach == true)
            #expect(driver.asked.first?.execution.hasSuffix("-1.2-1") == true)
            #expect(driver.asked.last?.attach == false)
        }
    }

    @Test("a run with an event that only a later version knows is taken up like any other")
    func laterEvents() async throws {
        try await withStore { store in
            _ = try store.append(Event(time: HostClock.now(), .unknown(kind: "stepPostponed", detail: ["until": "noon"]), step: "1.2"))
            let driver = ScriptedDriver()
            let outcome = try await executor(store, driver).run()
            #expect(outcome == .completed)
            #expect(driver.asked.map(\.attach) == [false, false])
            #expect("\(outcome)" == "every step was done")
        }
    }

    @Test("a recorder that died is started again, once, and the journal says so", .timeLimit(.minutes(1)))
    func supervisesTheRecorder() async throws {
        try await withStore { store in
            _ = try store.append(Event(time: HostClock.now(), .recorderStarted))
            let recorder = DeadRecorder()
            let outcome = try await executor(store, ScriptedDriver(), gate: RecordingGate(recorder: recorder), recorder: recorder).run()
            #expect(outcome == .completed)
            let starts = try store.events().filter { $0.kind == .recorderStarted }.map(\.text)
            #expect(starts == ["", "the recorder was gone and is started again"])
        }
    }

    @Test("a keeper that dies while a machine is waited for ends the run at once; its step stays open", .timeLimit(.minutes(1)))
    func noticesThatTheKeeperIsGone() async throws {
        try await withStore { store in
            let hypervisor = FakeHypervisor(machines: machines)
            let executor = PlanExecutor(
                plan: plan(), store: store, hypervisor: hypervisor, driver: WaitingDriver(hypervisor: hypervisor),
                recorder: QuietRecorder(), gate: OpenGate(), slowness: 1000
            ) { _ in }
            let error = await #expect(throws: TestbedError.self) { try await executor.run() }
            #expect(error?.code == .gone)
            let outcome = try kinds(store, "1.2")
            #expect(outcome == [.stepStarted])
        }
    }

    private func checkpoints(_ store: RunStore, _ policy: CheckpointPolicy, failing: Bool = false) -> RunCheckpoints {
        RunCheckpoints(run: store.directory, policy: policy) { [machines] folder in
            if failing { throw TestbedError(.host, "no space left on device") }
            let testbed = FakeHypervisor(machines: machines)
            for name in machines { try await testbed.machine(named: name).start() }
            return try await testbed.checkpoint(to: folder)
        }
    }

    private func saved(_ store: RunStore) throws -> [RunCheckpoints.Saved] {
        RunCheckpoints.saved(journal: try store.events(), run: store.directory)
    }

    @Test(
        "all machines are saved where the policy says",
        arguments: [(CheckpointPolicy.none, []), (.breakpoints, ["1.1", "2.1"]), (.steps, ["1.1", "1.2", "2.1", "2.2"])]
            as [(CheckpointPolicy, [StepID])])
    func savesByPolicy(policy: CheckpointPolicy, steps: [StepID]) async throws {
        try await withStore { store in
            let outcome = try await executor(store, ScriptedDriver(), checkpoints: checkpoints(store, policy)).run()
            #expect(outcome == .completed)
            #expect(try saved(store).map(\.checkpoint.step) == steps)
            // The pause is in the journal, for the report to leave out.
            let pauses = try store.events().compactMap(\.savedPause)
            #expect(pauses.count == steps.count && pauses.allSatisfy { $0.end > $0.start })
        }
    }

    @Test("before one more would exceed what they may take, the oldest go, and the journal says so")
    func thinsCheckpoints() async throws {
        try await withStore { store in
            // Less than two of them take, so that one stays.
            let few = RunCheckpoints(
                run: store.directory, policy: .steps, ceilingBytes: 1, take: checkpoints(store, .steps).take)
            let outcome = try await executor(store, ScriptedDriver(), checkpoints: few).run()
            #expect(outcome == .completed)
            #expect(try saved(store).map(\.checkpoint.step) == ["2.1", "2.2"], "the newest stays until the next is there")
            let said = try store.events().filter { $0.kind == .checkpointed }.map(\.text)
            #expect(said.map { $0.contains("was removed") } == [false, false, true, true])
            #expect(said.last?.hasSuffix("; to make room, what was saved before 1.2 was removed") == true)
        }
    }

    @Test("a checkpoint that cannot be taken is told, its time is marked, and the run goes on")
    func savingFails() async throws {
        try await withStore { store in
            let driver = ScriptedDriver()
            let outcome = try await executor(store, driver, checkpoints: checkpoints(store, .breakpoints, failing: true)).run()
            #expect(outcome == .completed)
            let events = try store.events().filter { $0.kind == .checkpointed }
            #expect(events.map(\.text) == ["not saved: no space left on device", "not saved: no space left on device"])
            #expect(events.allSatisfy { $0.savedPause != nil })
            #expect(try saved(store).isEmpty)
        }
    }

    @Test("a run that went back does again what came after the checkpoint, under new executions, and keeps what it left")
    func goesOnFromACheckpoint() async throws {
        try await withStore { store in
            let first = ScriptedDriver { $0.machine == "controller-1" ? .finished(status: 75) : .finished(status: 0) }
            let failed = try await executor(store, first, checkpoints: checkpoints(store, .breakpoints)).run()
            guard case .failed("2.2", _) = failed else {
                Issue.record("\(failed)")
                return
            }
            let place = try #require(try saved(store).last)
            #expect(place.checkpoint.step == "2.1")
            _ = try store.append(
                Event(time: HostClock.now(), .rewound(to: place.checkpoint.sequence), step: "2.1"))
            let second = ScriptedDriver()
            let outcome = try await executor(store, second, checkpoints: checkpoints(store, .breakpoints)).run()
            #expect(outcome == .completed)
            #expect(second.asked.map(\.machine) == ["controller-1"])
            #expect(second.asked.first?.execution.hasSuffix("-2.2-2") == true)
            #expect(second.asked.first?.attach == false)
            #expect(second.asked.first?.failedBefore == false, "what was left failed, not what is gone on with")
            // The checkpoint it came back to is not taken once more.
            #expect(try saved(store).map(\.checkpoint.step) == ["1.1", "2.1"])
            let branches = Branch.all(of: try store.events())
            #expect(branches.count == 2)
            #expect(branches[0].events.contains { $0.step == "2.2" && $0.outcome == .failed })
            #expect(!branches[1].events.contains { $0.outcome == .failed })
        }
    }

    @Test("a checkpoint that was taken when the engine was killed is found, not taken again")
    func findsWhatWasSaved() async throws {
        try await withStore { store in
            for step: StepID in ["1", "1.1"] {
                _ = try store.append(Event(time: HostClock.now(), .stepStarted(), step: step, machine: "controller-0"))
            }
            let folder = RunStore.checkpoints(in: store.directory).appendingPathComponent("1.1").path
            let working = checkpoints(store, .breakpoints)
            try await Task.sleep(for: .milliseconds(5))
            _ = try await working.take(folder)
            let outcome = try await executor(
                store, ScriptedDriver(), gate: ScriptedGate { _, _ in .stop }, checkpoints: checkpoints(store, .breakpoints, failing: true)
            ).run()
            #expect(outcome == .stopped(machine: "controller-0"))
            #expect(try saved(store).map(\.checkpoint.step) == ["1.1"])
        }
    }

    @Test("a machine cleared beforehand by a regular expression is not asked about")
    func cleared() async throws {
        try await withStore { store in
            let asked = Mutex<[String]>([])
            let gate = ScriptedGate { machine, _ in
                asked.withLock { $0.append(machine) }
                return .proceed(["controller-0", "controller-1"])
            }
            let outcome10 = try await executor(store, ScriptedDriver(), gate: gate).run()
            #expect(outcome10 == .completed)
            #expect(asked.withLock { $0 } == ["controller-0"])
        }
    }
}
