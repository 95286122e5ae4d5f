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

/// What happened, in order: procedures, and what guests were asked to break and heal.
private final class Diary: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func note(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A driver whose procedures last until a condition holds.
private struct PatientDriver: Driver {
    let diary: Diary
    var isDone: @Sendable () throws -> Bool = { true }

    func run(_ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void) async throws -> ProcedureOutcome {
        diary.note("begin \(call.name)")
        func tell(_ line: StepLine) async throws { try await report(TimedStepLine(time: HostClock.now(), line: line, late: false)) }
        try await tell(.begin(execution: call.execution, guestTime: 1, substep: "work"))
        while try !isDone() { try await pause(seconds: 0.01) }
        try await tell(.end(execution: call.execution, guestTime: 2, substep: "work", status: 0))
        try await tell(.exit(execution: call.execution, guestTime: 3, status: 0))
        diary.note("end \(call.name)")
        return .finished(status: 0)
    }
}

private struct SilentRecorder: RecorderControl {
    func start() async throws {}
    func stop() async throws -> RecorderEnd { .exited(0) }
    func isRunning() async -> Bool { true }
}

private struct StoppingGate: BreakpointGate {
    func decide(machine: String, progress: [(machine: String, state: MachineProgress)]) async throws -> BreakpointDecision { .stop }
}

/// A plan of two procedures, between them a breakpoint, with faults.
@Suite("faults of a run")
final class FaultExecutionTests {
    private let machines = ["controller-0", "controller-1"]
    private let diary = Diary()
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("faults-\(UUID())")

    deinit { try? FileManager.default.removeItem(at: directory) }

    private func step(_ id: StepID, _ name: String, _ machine: String? = nil, _ action: Action, _ children: [Step] = []) -> Step {
        Step(id: id, name: name, machine: machine, action: action, children: children, boundSeconds: 20, predictedSeconds: 1)
    }

    private func plan(_ faults: [PlannedFault]) -> Plan {
        func procedure(_ id: StepID, _ name: String) -> Step {
            step(id, name, "controller-0", .procedure(name: name, arguments: []), [step(id.child(1), "work", "controller-0", .substep)])
        }
        return Plan(
            strategy: "test", topology: "two", seed: 1, identifier: "id",
            root: [
                procedure("1", "first"), step("2", "breakpoint", "controller-0", .breakpoint), procedure("3", "second"),
                step("4", "heal", nil, .healFaults),
            ],
            faults: faults.enumerated().map { index, fault in step(.fault(index + 1), fault.kind, "controller-1", .fault(fault)) })
    }

    private func store() throws -> RunStore {
        let store = try RunStore.create(directory: directory)
        try store.setMachines(machines.enumerated().map { MachineRecord(name: $1, role: "Controller", position: $0) })
        return store
    }

    /// The project's scripts in one folder, as a run keeps them.
    private func scripts() throws -> FaultScripts {
        let folder = directory.appendingPathComponent("faults")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["faults/lib/fault-library.sh", "faults/stop-service.sh", "faults/cut-link.sh", "faults/break-configuration.sh"] {
            let source = Checkout.root.appending(path: "Images/\(name)")
            let copy = folder.appendingPathComponent(source.lastPathComponent)
            if !FileManager.default.fileExists(atPath: copy.path) { try FileManager.default.copyItem(at: source, to: copy) }
        }
        return FaultScripts(folder: folder)
    }

    private func testbed(status: Int32 = 0) async throws -> FakeHypervisor {
        let testbed = FakeHypervisor(machines: machines) { [diary] _, argv, input in
            guard input != nil, let deed = argv.last else { return CommandResult(status: 0) }
            diary.note(deed)
            return CommandResult(status: status, standardOutput: "said\n", standardError: "no such unit\n")
        }
        for machine in machines { try await testbed.machine(named: machine).start() }
        return testbed
    }

    private func executor(
        _ plan: Plan, _ store: RunStore, on testbed: FakeHypervisor, gate: any BreakpointGate = OpenGate(),
        until isDone: @escaping @Sendable () throws -> Bool = { true }
    ) throws -> PlanExecutor {
        let topology = Topology(
            name: "two", networks: [], virtualAddresses: [], router: nil, roles: [],
            machines: machines.enumerated().map {
                Machine(
                    name: $1, role: "Controller", index: $0, number: $0 + 1, memoryMiB: 1, vcpus: 1, interfaces: [], services: ["galera"])
            })
        let injector = FaultInjector(
            testbed: testbed, topology: topology, scripts: try scripts(),
            units: UnitOwners(services: ["galera"]) { _ in ["mariadb.service.d"] }, slowness: 1)
        return PlanExecutor(
            plan: plan, store: store, hypervisor: testbed, driver: PatientDriver(diary: diary, isDone: isDone), recorder: SilentRecorder(),
            gate: gate, faults: injector, slowness: 1
        ) { _ in }
    }

    private func outcome(_ fault: StepID, _ plan: Plan, _ store: RunStore) throws -> StepSpan? {
        RunState(plan: plan, journal: try store.events()).span(of: fault)
    }

    @Test("what comes before a step is there when it begins, and what comes after it before the next one begins")
    func edges() async throws {
        let store = try store()
        let plan = plan([
            PlannedFault(kind: "stop-service", arguments: ["service": "galera"], edge: .before, step: "1"),
            PlannedFault(kind: "stop-service", arguments: ["service": "galera"], edge: .after, step: "1"),
        ])
        let testbed = try await testbed()
        let result = try await executor(plan, store, on: testbed).run()
        #expect(result == .completed)
        #expect(diary.all == ["inject", "begin first", "end first", "inject", "begin second", "end second", "heal", "heal"])
        #expect(try outcome("F1", plan, store)?.outcome == .ok)
        let said = try #require(await testbed.executed().first { $0.argv.last == "inject" })
        #expect(said.machine == "controller-1")
        for setting in ["FAULT_ID=F1", "FAULT_SERVICE=galera", "FAULT_UNITS=galera.service mariadb.service"] {
            #expect(said.argv.contains(setting))
        }
    }

    @Test("a fault comes while a sub-step goes on, lasts its time, and is healed; the step that heals waits for it")
    func during() async throws {
        let store = try store()
        let plan = plan([
            PlannedFault(kind: "stop-service", arguments: ["service": "galera"], edge: .during, step: "1.1", seconds: 0.5)
        ])
        let testbed = try await testbed()
        let result = try await executor(plan, store, on: testbed) { [diary] in
            diary.all.contains(diary.all.contains("begin second") ? "heal" : "inject")
        }.run()
        #expect(result == .completed)
        #expect(diary.all.prefix(2) == ["begin first", "inject"] && diary.all.contains("heal"))
        let attempt = try #require(try outcome("F1", plan, store)?.attempts.first)
        #expect(try #require(attempt.end).seconds(since: attempt.start) >= 0.5)
    }

    @Test("a fault that cannot be injected is trouble, which fails no step")
    func refused() async throws {
        let store = try store()
        let plan = plan([
            PlannedFault(kind: "stop-service", arguments: ["service": "galera"], edge: .before, step: "1"),
            PlannedFault(kind: "stop-service", arguments: ["service": "galera"], edge: .during, step: "9"),
        ])
        let result = try await executor(plan, store, on: try await testbed(status: 1)).run()
        #expect(result == .completed)
        let span = try #require(try outcome("F1", plan, store))
        #expect(span.outcome == .error)
        #expect(span.note == "not injected: status 1: no such unit")
        #expect(diary.all.count { $0 == "heal" } == 0, "what was not broken is not healed")
        #expect(try outcome("F2", plan, store)?.outcome == .notStarted)
    }

    @Test("a fault outlives a run that is left, and the run that is taken up heals it without breaking anything again")
    func takenUp() async throws {
        let store = try store()
        let plan = plan([PlannedFault(kind: "stop-service", arguments: ["service": "galera"], edge: .before, step: "1")])
        let testbed = try await testbed()
        let left = try await executor(plan, store, on: testbed, gate: StoppingGate()).run()
        #expect(left == .stopped(machine: "controller-0"))
        #expect(try outcome("F1", plan, store)?.isInFlight == true)
        let result = try await executor(plan, store, on: testbed).run()
        #expect(result == .completed)
        #expect(diary.all == ["inject", "begin first", "end first", "begin second", "end second", "heal"])
    }

    @Test("the hypervisor takes a machine away and gives it back", arguments: [HypervisorFault.kill, .pause])
    func hypervisor(_ fault: HypervisorFault) async throws {
        let store = try store()
        let plan = plan([PlannedFault(kind: fault.rawValue, edge: .before, step: "1")])
        let testbed = try await testbed()
        let states = Diary()
        let executor = try executor(plan, store, on: testbed) { states.all.count > 0 }
        async let watching: Void = {
            while try await testbed.machine(named: "controller-1").state() == .running { try await pause(seconds: 0.01) }
            states.note("away")
        }()
        #expect(try await executor.run() == .completed)
        try await watching
        #expect(try await testbed.machine(named: "controller-1").state() == .running)
        #expect(try outcome("F1", plan, store)?.outcome == .ok)
    }

    @Test("a shipped script breaks a file and mends it, in a shell that reads it as a guest's does")
    func script() throws {
        let file = directory.appendingPathComponent("service.conf")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data("setting = 1\n".utf8).write(to: file)
        let scripts = try scripts()
        let kind = try scripts.kind("break-configuration")
        func run(_ deed: String) throws -> Int32 {
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/bin/bash")
            shell.arguments = ["-s", deed]
            shell.environment = ["FAULT_ID": "F1", "FAULT_FILE": file.path, "FAULT_MEMORY": directory.path]
            let input = Pipe()
            shell.standardInput = input
            try shell.run()
            input.fileHandleForWriting.write(Data(try scripts.text(of: kind).utf8))
            try input.fileHandleForWriting.close()
            shell.waitUntilExit()
            return shell.terminationStatus
        }
        #expect(try run("inject") == 0)
        #expect(try String(contentsOf: file, encoding: .utf8) == "setting = 1\n\n((broken on purpose))\n")
        #expect(try run("heal") == 0)
        #expect(try String(contentsOf: file, encoding: .utf8) == "setting = 1\n")
        try FileManager.default.removeItem(at: file)
        #expect(try run("inject") == 1)
    }
}
