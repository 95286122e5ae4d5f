import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel
import Testing

@Suite("outages that follow each other closely")
struct OutageStretchTests {
    private func at(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64(seconds * 1e9)) }

    /// An outage of one attempt, seen failing at `start`, over at `end`.
    private func outage(_ start: Double, _ end: Double?, _ kind: OutageClass = .failed, loss: Fact? = nil) -> Outage {
        Outage(
            probe: "rabbitmq-amqp", patienceSeconds: 1, kind: kind, start: at(start), end: end.map(at), loSeconds: 1, hiSeconds: 3,
            loss: loss,
            firstOutcome: .timeout, lastFailure: at(start), failures: 1)
    }

    @Test("what fails every second or third attempt is one stretch, whose bounds are the sums")
    func alternating() throws {
        let stretches = OutageStretch.stretches(of: [outage(0, 2), outage(4, 6), outage(11, 13)], spacingSeconds: 2)
        let stretch = try #require(stretches.first)
        #expect(stretches.count == 1)
        #expect(stretch.start == at(0) && stretch.end == at(13) && stretch.lastFailure == at(11))
        #expect(stretch.loSeconds == 3 && stretch.hiSeconds == 9 && stretch.failures == 3 && stretch.spanSeconds == 13)
    }

    @Test("three good answers between two outages part them")
    func apart() {
        #expect(OutageStretch.stretches(of: [outage(0, 2), outage(7.1, 9)], spacingSeconds: 2).count == 2)
    }

    @Test("one of which no end was seen stands at the end of its stretch")
    func open() throws {
        let stretches = OutageStretch.stretches(of: [outage(0, 2), outage(4, nil)], spacingSeconds: 2)
        #expect(stretches.count == 1 && stretches[0].end == nil && stretches[0].spanSeconds == 4)
    }

    @Test("what failed and what was slow are apart, though one lies within the other")
    func kinds() {
        let stretches = OutageStretch.stretches(of: [outage(0, 2), outage(2, 4, .slow), outage(4, 6)], spacingSeconds: 2)
        #expect(stretches.map(\.outages.count) == [2, 1])
        #expect(stretches.map(\.telling.kind) == [.failed, .slow])
    }

    @Test("the outage that machines explain speaks for its stretch")
    func telling() {
        let fact = Fact(
            time: at(4), machine: "controller-0", source: .systemd, service: "rabbitmq", subject: "rabbitmq-server.service", change: .lost,
            text: "stopped")
        let stretches = OutageStretch.stretches(of: [outage(0, 2), outage(4, 6, loss: fact)], spacingSeconds: 2)
        #expect(stretches.map(\.telling.start) == [at(4)])
        #expect(stretches.map(\.start) == [at(0)])
    }
}
