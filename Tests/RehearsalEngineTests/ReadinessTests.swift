import Foundation
import RehearsalTestbed
import RehearsalTesting
import Testing

@testable import RehearsalEngine

@Suite("proof of readiness", .timeLimit(.minutes(1)))
struct ReadinessTests {
    @Test("a keeper that is gone ends the proof at once")
    func keeperGone() async throws {
        let hypervisor = FakeHypervisor(machines: ["controller-0"]) { _, _, _ in throw TestbedError(.keeperGone, "gone") }
        try await hypervisor.machine(named: "controller-0").start()
        let readiness = Readiness(hypervisor: hypervisor, machines: ["controller-0"], slowness: 1)
        let error = await #expect(throws: TestbedError.self) { _ = try await readiness.prove(boundSeconds: 3600) }
        #expect(error?.code == .keeperGone)
    }

    @Test("a silent machine is not ready")
    func silent() async throws {
        let hypervisor = FakeHypervisor(machines: ["controller-0"])
        let readiness = Readiness(hypervisor: hypervisor, machines: ["controller-0"], slowness: 1)
        let missing = try await readiness.prove(boundSeconds: 0)
        #expect(missing.map(\.service) == ["guest agent"])
    }
}
