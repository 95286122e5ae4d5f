import Testing

@testable import RehearsalEngine

@Suite("readiness lines")
struct ReadinessParsingTests {
    @Test("what a machine says of its services is read; other lines are ignored")
    func parsing() {
        let text = "cluster ok quorum 3/3\ngalera wait Joining, wanted Synced 3\nnoise\nvip ok\n"
        #expect(
            ServiceReadiness.parse(text, machine: "controller-0") == [
                ServiceReadiness(machine: "controller-0", service: "cluster", state: .ready("quorum 3/3")),
                ServiceReadiness(machine: "controller-0", service: "galera", state: .waiting("Joining, wanted Synced 3")),
                ServiceReadiness(machine: "controller-0", service: "vip", state: .ready("")),
            ])
    }
}
