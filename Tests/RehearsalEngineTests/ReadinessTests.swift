import Foundation
import RehearsalHost
import RehearsalTestbed
import RehearsalTesting
import Synchronization
import Testing

@testable import RehearsalEngine

@Suite("proof of readiness", .timeLimit(.minutes(1)))
struct ReadinessTests {
    @Test("a keeper that is gone ends the proof at once")
    func keeperGone() async throws {
        let hypervisor = FakeHypervisor(machines: ["controller-0"]) { _, _, _ in throw TestbedError(.gone, "gone") }
        try await hypervisor.machine(named: "controller-0").start()
        let readiness = Readiness(hypervisor: hypervisor, machines: ["controller-0"], slowness: 1)
        let error = await #expect(throws: TestbedError.self) { _ = try await readiness.prove(boundSeconds: 3600) }
        #expect(error?.code == .gone)
    }

    @Test("a silent machine is not ready")
    func silent() async throws {
        let hypervisor = FakeHypervisor(machines: ["controller-0"])
        let readiness = Readiness(hypervisor: hypervisor, machines: ["controller-0"], slowness: 1)
        let missing = try await readiness.prove(boundSeconds: 0)
        #expect(missing.map(\.service) == ["guest agent"])
    }

    @Test("one question to all machines needs nothing but their names; each answers for its own services")
    func asked() async throws {
        let hypervisor = FakeHypervisor(machines: ["controller-0", "controller-1", "compute-0"]) { machine, _, _ in
            CommandResult(status: 0, standardOutput: machine == "compute-0" ? "router ok\n" : "vip behind galera\ngalera ok 3\n")
        }
        for name in ["controller-0", "compute-0"] { try await hypervisor.machine(named: name).start() }
        let answers = try await Readiness.ask(["controller-0", "controller-1", "compute-0"], of: hypervisor)
        #expect(
            answers.map { "\($0.machine) \($0.service) \($0.isReady)" } == [
                "compute-0 router true", "controller-0 galera true", "controller-0 vip false", "controller-1 guest agent false",
            ])
    }

    @Test("a machine that does not answer keeps no other from being asked")
    func hanging() async throws {
        let wasAsked = Mutex(false)
        let hypervisor = FakeHypervisor(machines: ["compute-0", "controller-0"]) { machine, _, _ in
            if machine == "controller-0" { wasAsked.withLock { $0 = true } }
            // The first answers only when the other was asked.
            while machine == "compute-0", !wasAsked.withLock({ $0 }) { try await pause(seconds: 0.01) }
            return CommandResult(status: 0, standardOutput: "router ok\n")
        }
        for name in ["compute-0", "controller-0"] { try await hypervisor.machine(named: name).start() }
        let answers = try await Readiness.ask(["compute-0", "controller-0"], of: hypervisor, turn: 0.05)
        #expect(answers.map(\.machine) == ["compute-0", "controller-0"])
    }
}
