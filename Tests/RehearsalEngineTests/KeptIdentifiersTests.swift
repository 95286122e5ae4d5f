import Foundation
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalStore
import RehearsalTestbed
import RehearsalTesting
import Testing

@testable import RehearsalEngine

/// An update that failed half-way on a machine and is taken up: that machine is not ready, because its cluster was stopped.
@Suite("an update that is taken up")
struct KeptIdentifiersTests {
    private struct IdleDriver: Driver {
        func run(_ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void) async throws -> ProcedureOutcome {
            .finished(status: 0)
        }
    }
    private struct IdleRecorder: RecorderControl {
        func start() async throws {}
        func stop() async throws -> RecorderEnd { .exited(0) }
        func isRunning() async -> Bool { true }
    }

    private let machines = ["controller-0", "controller-1", "controller-2"]

    private func step(_ id: String, _ name: String, _ machine: String? = nil, _ action: Action) -> Step {
        Step(id: StepID(rawValue: id), name: name, machine: machine, action: action, children: [], boundSeconds: 0.5, predictedSeconds: 1)
    }

    /// Proves everything ready before each of the controllers, 1, 2 and 0.
    private var plan: Plan {
        let root = ["controller-1", "controller-2", "controller-0"].enumerated().flatMap { number, machine in
            [
                step("\(2 * number + 1)", "prove ready", nil, .proveReady),
                step("\(2 * number + 2)", "update", machine, .procedure(name: "update-controller", arguments: ["id"])),
            ]
        }
        return Plan(strategy: "test", topology: "three", seed: 1, identifier: "id", root: root)
    }

    /// Executes the plan on machines that keep these identifiers, of which controller-2 is not ready until it was updated.
    private func execute(kept: [String: String]) async throws -> (ExecutionOutcome, [Event]) {
        let scratch = Scratch()
        let store = try RunStore.create(directory: scratch.url.appendingPathComponent("run"))
        try store.setMachines(machines.enumerated().map { MachineRecord(name: $1, role: "Controller", position: $0) })
        let hypervisor = FakeHypervisor(machines: machines) { machine, argv, _ in
            if argv.first == "sh" { return CommandResult(status: 0, standardOutput: kept[machine] ?? "\n\n") }
            guard machine == "controller-2", try RunState(plan: plan, journal: store.events()).span(of: "4")?.outcome != .ok else {
                return CommandResult(status: 0, standardOutput: "cluster ok quorum 3/3\n")
            }
            return CommandResult(status: 1, standardOutput: "cluster wait no quorum\n")
        }
        for machine in machines { try await hypervisor.machine(named: machine).start() }
        let executor = PlanExecutor(
            plan: plan, store: store, hypervisor: hypervisor, driver: IdleDriver(), recorder: IdleRecorder(), gate: OpenGate(), slowness: 1
        ) { _ in }
        return (try await executor.run(), try store.events())
    }

    @Test("a machine that began the update and did not end it goes on first, though it is not ready")
    func goesOn() async throws {
        let (outcome, events) = try await execute(kept: ["controller-1": "id\nid\n", "controller-2": "id\nbefore\n"])
        #expect(outcome == .completed)
        let remarks = events.filter { $0.step == "1" && $0.kind == .stepEnded }.map(\.text)
        #expect(remarks == ["the update of controller-2 was begun before and goes on first; until then not ready: cluster on controller-2"])
        #expect(
            events.contains { $0.step == "5" && $0.kind == .stepEnded && !$0.text.contains("begun before") }, "proven again once it ended")
    }

    @Test("no other machine is touched before it")
    func othersWait() async throws {
        let (outcome, _) = try await execute(kept: ["controller-2": "id\n\n"])
        guard case .failed(let step, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(step == "1", "controller-1 has not ended the update, and comes first")
    }

    @Test("an update of another identifier is named, with how to take it up")
    func anotherIdentifier() async throws {
        let (outcome, _) = try await execute(kept: ["controller-2": "older\nbefore\n"])
        guard case .failed(let step, let reason) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(step == "1")
        #expect(
            reason.hasSuffix(
                "controller-2 cluster (no quorum); controller-2 did not end the update that it began last, which --identifier older takes up"
            ))
    }

    @Test("what a machine answers is believed only where it is an identifier", arguments: ["", "\n", "a b\nc\n", "id\nid\n", "\nid\n"])
    func answers(_ answer: String) {
        var kept = KeptIdentifiers()
        kept.note(answer, of: "controller-0", identifier: "id")
        #expect(kept.begun.isEmpty && kept.others.isEmpty)
    }
}
