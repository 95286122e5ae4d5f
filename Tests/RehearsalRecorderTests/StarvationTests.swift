import Glibc
import RehearsalHistory
import RehearsalModel
import Testing

@testable import RehearsalRecorder

@Suite("recorder that gets no processor")
struct StarvationTests {
    /// Answers each attempt after a fixed time, on the loop.
    private final class Fake: NetworkProbe {
        let loop: EventLoop
        let delay: Int64
        let outcome: SampleOutcome
        init(loop: EventLoop, delay: Int64, outcome: SampleOutcome = .ok) {
            self.loop = loop
            self.delay = delay
            self.outcome = outcome
        }
        func begin(_ attempt: Attempt) {
            loop.schedule(at: attempt.started + delay) { attempt.finish(self.outcome, nil) }
        }
        func expire(_ attempt: Attempt) { attempt.finish(.timeout, nil) }
        func shutDown() {}
    }

    private let parsed = ParsedProbe(
        name: "p", period: 50_000_000, timeout: 10_000_000_000, question: ICMPQuestion(address: IPv4Address(bits: 0)), secrets: [])

    /// Runs a series for a second in which the loop's thread does nothing for 300 ms, and returns when that was.
    private func run(delay: Int64, outcome: SampleOutcome = .ok) throws -> ([Sample], Timestamp, Timestamp) {
        let loop = try #require(EventLoop(meter: StarvationMeter()))
        let clock = WallClock()
        var samples: [Sample] = []
        let series = ProbeSeries(
            parsed, probe: Fake(loop: loop, delay: delay, outcome: outcome), loop: loop, clock: clock, gate: ProbeGate(),
            firstDue: MonotonicClock.now + 10_000_000
        ) { samples.append($0) }
        series.start()
        var begin: Int64 = 0
        var end: Int64 = 0
        loop.schedule(at: MonotonicClock.now + 400_000_000) {
            begin = MonotonicClock.now
            usleep(300_000)
            end = MonotonicClock.now
        }
        loop.schedule(at: MonotonicClock.now + 1_000_000_000) {
            series.abandon()
            loop.stop()
        }
        loop.run()
        #expect(loop.meter.total >= 280_000_000)
        return (samples.sorted { $0.start < $1.start }, clock.timestamp(begin), clock.timestamp(end))
    }

    @Test("attempts that could not start are late")
    func notStarted() throws {
        let (samples, begin, end) = try run(delay: 1_000_000)
        let during = samples.filter { $0.start > begin && $0.start < end.advanced(byNanoseconds: -30_000_000) }
        #expect(during.count >= 4)
        for sample in during {
            #expect(sample.outcome == .late)
            #expect(sample.detail?.hasPrefix("recorder woke ") == true)
        }
        #expect(samples.allSatisfy { $0.outcome == .ok || $0.outcome == .late })
        #expect(samples.contains { $0.outcome == .ok })
        // One sample for every attempt that was due, none left out.
        let first = try #require(samples.first?.start)
        let last = try #require(samples.last?.start)
        #expect(Double(samples.count) >= last.seconds(since: first) / 0.05 - 1)
    }

    @Test("answers that waited for the loop are late")
    func waited() throws {
        let (samples, begin, _) = try run(delay: 30_000_000)
        let affected = samples.filter {
            $0.start < begin && $0.start.advanced(byNanoseconds: 30_000_000) > begin
        }
        #expect(affected.allSatisfy { $0.outcome == .late })
    }

    @Test("refusals stay refusals, however late they are read")
    func refused() throws {
        let (samples, begin, _) = try run(delay: 30_000_000, outcome: .refused)
        let affected = samples.filter { $0.start < begin }
        #expect(!affected.isEmpty)
        #expect(affected.allSatisfy { $0.outcome == .refused || $0.detail?.hasPrefix("recorder woke") == true })
    }

    @Test(
        "starvation is judged against the latency",
        arguments: [
            (Int64(2_000_000_000), Int64(100_000_000), SampleOutcome.ok, SampleOutcome.ok),
            (300_000_000, 100_000_000, .ok, .late),
            (10_000_000, 15_000_000, .ok, .ok),
            (260_000_000, 25_000_000, .ok, .late),
            (1_010_000_000, 200_000_000, .ok, .ok),
            (10_050_000_000, 50_000_000, .timeout, .timeout),
            (10_050_000_000, 3_000_000_000, .timeout, .late),
            (10_500_000_000, 0, .ok, .timeout),
            (1_000_000_000, 900_000_000, .refused, .refused),
        ])
    func judged(
        latency: Int64, starved: Int64, outcome: SampleOutcome, expected: SampleOutcome
    ) {
        let sample = parsed.sample(
            start: Timestamp(nanoseconds: 5), latency: latency, outcome: outcome, detail: nil, starved: starved)
        #expect(sample.outcome == expected)
        #expect(sample.latencyNanoseconds == latency)
    }
}
