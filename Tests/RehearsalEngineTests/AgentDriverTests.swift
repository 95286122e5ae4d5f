import Foundation
import RehearsalHost
import RehearsalModel
import RehearsalTestbed
import RehearsalTesting
import Synchronization
import Testing

@testable import RehearsalEngine

@Suite("agent driver", .timeLimit(.minutes(1)))
struct AgentDriverTests {
    private func call(attach: Bool = false) -> ProcedureCall {
        ProcedureCall(
            step: .root(1), execution: "run-1-1", name: "update", arguments: ["id"], machine: "m", boundSeconds: 60, attach: attach,
            failedBefore: false)
    }

    /// Runs a procedure on a machine that says something as soon as it is started.
    private func run(_ call: ProcedureCall, before: [String] = [], says lines: [String]) async throws -> (ProcedureOutcome, [StepLine]) {
        let started = Mutex<[[String]]>([])
        let testbed = FakeHypervisor(machines: ["m"]) { _, argv, _ in
            // An engine that takes a procedure up asks for the guest's clock first.
            if argv.first != "sh" { started.withLock { $0.append(argv) } }
            return CommandResult(status: 0)
        }
        try await testbed.machine(named: "m").start()
        for line in before { await testbed.report(line, on: "m") }
        let saying = Task {
            while started.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(1)) }
            for line in lines { await testbed.report(line, on: "m") }
        }
        let seen = Mutex<[StepLine]>([])
        let outcome = try await AgentDriver(hypervisor: testbed, slowness: 2).run(call) { timed in seen.withLock { $0.append(timed.line) } }
        try await saying.value
        #expect(
            started.withLock { $0 } == [
                ["/usr/bin/env", "REHEARSAL_SCALE=2", "/usr/lib/rehearsal/run-procedure", "run-1-1", "update", "id"]
            ])
        return (outcome, seen.withLock { $0 })
    }

    @Test("a procedure is followed to its end, by its own lines alone")
    func follows() async throws {
        let (outcome, lines) = try await run(
            call(), before: ["@ run-1-1 1 exit 9"],
            says: ["@ other 1 begin work", "@ run-1-1 2 begin work", "@ run-1-1 3 end work 0", "@ run-1-1 4 exit 0"])
        #expect(outcome == .finished(status: 0))
        #expect(
            lines == [
                .begin(execution: "run-1-1", guestTime: 2, substep: "work"),
                .end(execution: "run-1-1", guestTime: 3, substep: "work", status: 0), .exit(execution: "run-1-1", guestTime: 4, status: 0),
            ])
    }

    @Test("a procedure that an engine before this one started is taken up with all it has said")
    func attaches() async throws {
        let (outcome, lines) = try await run(call(attach: true), before: ["@ run-1-1 1 begin work"], says: ["@ run-1-1 2 exit 75"])
        #expect(outcome == .finished(status: 75))
        #expect(lines.count == 2)
    }

    @Test("a machine that the testbed does not have is an error")
    func unknownMachine() async throws {
        let driver = AgentDriver(hypervisor: FakeHypervisor(machines: []), slowness: 1)
        let error = await #expect(throws: TestbedError.self) { _ = try await driver.run(call()) { _ in } }
        #expect(error?.code == .notFound)
    }
}
