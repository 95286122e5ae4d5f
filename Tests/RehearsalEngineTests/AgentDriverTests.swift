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
    private func run(
        _ call: ProcedureCall, before: [String] = [], says lines: [String], environment: [String] = []
    ) async throws -> (ProcedureOutcome, [StepLine]) {
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
                ["/usr/bin/env", "REHEARSAL_SCALE=2"] + environment + ["/usr/lib/rehearsal/run-procedure", "run-1-1", "update", "id"]
            ])
        return (outcome, seen.withLock { $0 })
    }

    @Test("a machine is told which sub-steps it leaves out")
    func leftOut() async throws {
        var call = call()
        call.leftOut = ["drain", "stop-cluster"]
        let (outcome, _) = try await run(
            call, says: ["@ run-1-1 1 exit 0"], environment: ["REHEARSAL_LEFT_OUT=drain stop-cluster"])
        #expect(outcome == .finished(status: 0))
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

    /// A driver on a machine whose programs answer as the test says.
    private func driver(_ command: @escaping FakeHypervisor.Command) async throws -> (AgentDriver, FakeHypervisor) {
        let testbed = FakeHypervisor(machines: ["m"], command: command)
        try await testbed.machine(named: "m").start()
        return (AgentDriver(hypervisor: testbed, slowness: 1, statusPeriod: 0.01), testbed)
    }

    @Test("a procedure whose unit is gone without a status is lost")
    func lost() async throws {
        let (driver, _) = try await driver { _, argv, _ in
            CommandResult(status: 0, standardOutput: argv.contains("--state") ? "lost\n" : "")
        }
        let outcome = try await driver.run(call()) { _ in }
        #expect(outcome == .lost("the unit of procedure update is gone from m and has left no status"))
    }

    @Test("a procedure whose last line was lost has the status that its machine keeps")
    func keptStatus() async throws {
        let (driver, testbed) = try await driver { _, _, _ in CommandResult(status: 0, standardOutput: "running\n") }
        await testbed.put(Data("75\n".utf8), at: "/var/lib/rehearsal/executions/run-1-1/status", on: "m")
        let outcome = try await driver.run(call()) { _ in }
        #expect(outcome == .finished(status: 75))
    }

    @Test("a procedure past its bound is stopped")
    func stopped() async throws {
        let (driver, testbed) = try await driver { _, _, _ in CommandResult(status: 0, standardOutput: "running\n") }
        var short = call()
        short.boundSeconds = 0.05
        let outcome = try await driver.run(short) { _ in }
        #expect(outcome == .timedOut(isStopped: true))
        let stops = await testbed.executed().filter { $0.argv.contains("--stop") }
        #expect(stops.map(\.argv) == [["/usr/lib/rehearsal/run-procedure", "--stop", "run-1-1"]])
    }

    @Test("a procedure that its machine cannot begin is lost, with the machine's own words")
    func refused() async throws {
        let (driver, _) = try await driver { _, _, _ in
            CommandResult(status: 74, standardError: "tee: procedure: No space left on device\n")
        }
        let outcome = try await driver.run(call()) { _ in }
        #expect(outcome == .lost("procedure update cannot begin on m: status 74: tee: procedure: No space left on device"))
    }

    @Test(
        "an answer that was lost with the guest agent is asked for again; an agent that stays away ends the step by name",
        arguments: [1, 9])
    func lostAnswer(times: Int) async throws {
        let asked = Mutex(0)
        let (driver, testbed) = try await driver { _, argv, _ in
            let count = asked.withLock { count in
                count += 1
                return count
            }
            if count <= times { throw TestbedError(.guestAgent, "the result is lost") }
            return CommandResult(status: 0)
        }
        await testbed.put(Data("0\n".utf8), at: "/var/lib/rehearsal/executions/run-1-1/status", on: "m")
        let outcome = try await driver.run(call()) { _ in }
        if times == 1 {
            #expect(outcome == .finished(status: 0))
        } else {
            #expect(
                outcome == .lost("procedure update cannot begin on m, because its guest agent does not answer: the result is lost"))
        }
    }
}
