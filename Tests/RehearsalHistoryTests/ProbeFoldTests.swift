import RehearsalHistory
import RehearsalModel
import RehearsalTesting
import Testing

private let probe = ProbeSpecification(name: "p", kind: "tcp", target: "192.0.2.10:1", periodMilliseconds: 1_000)

/// Samples one second apart: `+` good, `-` refused, `s` slow (2 s), `c` connected after 1.5 s and answered after 2 s, `?` late, ` ` none.
private func samples(_ pattern: String) -> [Sample] {
    pattern.enumerated().compactMap { second, mark in
        switch mark {
        case "+": Sample(probe: "p", start: at(Double(second)), latencyNanoseconds: 1_000_000, outcome: .ok)
        case "-": Sample(probe: "p", start: at(Double(second)), latencyNanoseconds: 0, outcome: .refused)
        case "s": Sample(probe: "p", start: at(Double(second)), latencyNanoseconds: 2_000_000_000, outcome: .ok)
        case "c":
            Sample(
                probe: "p", start: at(Double(second)), latencyNanoseconds: 2_000_000_000, connectedNanoseconds: 1_500_000_000, outcome: .ok)
        case "?": Sample(probe: "p", start: at(Double(second)), latencyNanoseconds: 0, outcome: .late)
        default: nil
        }
    }
}

private func fold(
    _ pattern: String, patience: Double = 1, kind: OutageClass = .failed, from: Double? = nil, to: Double? = nil
) -> FoldedProbe {
    ProbeFold.fold(samples(pattern), probe: probe, patienceSeconds: patience, kind: kind, from: from.map(at), to: to.map(at))
}

@Suite("fold from samples to outages")
struct ProbeFoldTests {
    @Test("no samples give nothing")
    func none() {
        let folded = fold("")
        #expect(folded.outages.isEmpty && folded.unknown.isEmpty && folded.segments.isEmpty)
    }

    @Test("no samples while the recorder ran are unknown time")
    func silent() {
        let folded = fold("", from: 0, to: 100)
        #expect(folded.unknown == [UnknownInterval(probe: "p", start: at(0), end: at(100), reason: .gap)])
        #expect(folded.longestUnseenSeconds == 100)
    }

    @Test("an outage is bounded by the good samples beside it")
    func bounds() throws {
        let outage = try #require(fold("++---++").outages.first)
        #expect(outage.start == at(2) && outage.end == at(5) && outage.lastFailure == at(4))
        #expect(outage.loSeconds == 2 && outage.hiSeconds == 4)
        #expect(outage.failures == 3 && outage.firstOutcome == .refused && !outage.touchesUnknown)
    }

    @Test("one failure lasts at least nothing")
    func single() throws {
        let outage = try #require(fold("++-++").outages.first)
        #expect(outage.loSeconds == 0 && outage.hiSeconds == 2)
    }

    @Test("patience is judged by latency")
    func patience() {
        #expect(fold("++ss++", patience: 1, kind: .slow).outages.count == 1)
        #expect(fold("++ss++", patience: 1, kind: .slow).outages.first?.firstOutcome == .ok)
        #expect(fold("++ss++", patience: 2, kind: .slow).outages.isEmpty)
    }

    @Test("failed is not slow: a slow answer ends an outage that failed, and a failure one that was slow")
    func failedOrSlow() throws {
        let failed = fold("++ss--ss++")
        #expect(failed.outages.map(\.start) == [at(4)] && failed.outages.map(\.end) == [at(6)])
        // From the slow answer before to the slow answer after.
        #expect(failed.totalLoSeconds == 1 && failed.totalHiSeconds == 3)
        let slow = fold("++ss--ss++", kind: .slow)
        #expect(slow.outages.map(\.start) == [at(2), at(6)] && slow.outages.map(\.end) == [at(4), at(8)])
        #expect(slow.outages.allSatisfy { $0.kind == .slow && $0.loSeconds == 1 && $0.hiSeconds == 3 })
        #expect(failed.segments == slow.segments && failed.segments.map(\.state) == [.up, .slow, .failed, .slow, .up])
    }

    @Test("a connection that comes after the patience is a failure, within it the answer is only slow")
    func connectedTooLate() {
        #expect(fold("++cc++", patience: 1).outages.count == 1)
        #expect(fold("++cc++", patience: 1, kind: .slow).outages.isEmpty)
        #expect(fold("++cc++", patience: 1.5).outages.isEmpty)
        #expect(fold("++cc++", patience: 1.5, kind: .slow).outages.count == 1)
        #expect(fold("++cc++", patience: 2, kind: .slow).outages.isEmpty)
    }

    @Test("the slowest right answer counts, whatever the patience; one in excluded time does not")
    func slowest() {
        let all = samples("+s+-+c")
        #expect(FeltByClient(all, probe: probe, patienceSeconds: 5).slowestSeconds == 2)
        let pause = ExcludedInterval(start: at(0.5), end: at(10), reason: .checkpoint)
        #expect(FeltByClient(all, probe: probe, patienceSeconds: 5, excluded: [pause]).slowestSeconds == 0.001)
        #expect(FeltByClient(samples("--"), probe: probe, patienceSeconds: 5).slowestSeconds == nil)
    }

    @Test("late samples are neither up nor down")
    func late() throws {
        let folded = fold("++-??-++")
        #expect(folded.samples == [.up: 4, .failed: 2, .unknown: 2])
        let outage = try #require(folded.outages.first)
        #expect(folded.outages.count == 1)
        // From 2 to 5, without the unknown span from 3 to 5.
        #expect(outage.loSeconds == 1 && outage.hiSeconds == 5 && outage.touchesUnknown)
        #expect(folded.unknown == [UnknownInterval(probe: "p", start: at(3), end: at(5), reason: .late)])
    }

    @Test("late samples between good ones are no outage")
    func lateBetween() {
        let folded = fold("++??++")
        #expect(folded.outages.isEmpty)
        #expect(folded.unknownSeconds == 2 && folded.longestUnseenSeconds == 3 && folded.possibleTotalSeconds == 2)
    }

    @Test("a gap of more than three periods is unknown")
    func gap() {
        #expect(fold("++  ++").unknown.isEmpty)
        let folded = fold("++    ++")
        #expect(folded.unknown == [UnknownInterval(probe: "p", start: at(2), end: at(6), reason: .gap)])
        #expect(folded.outages.isEmpty)
    }

    @Test("a recorder that was started again leaves unknown time, however short")
    func restarted() {
        let all = samples("+++ +++")
        #expect(ProbeFold.fold(all, probe: probe, patienceSeconds: 1).unknown.isEmpty)
        let folded = ProbeFold.fold(all, probe: probe, patienceSeconds: 1, restarts: [at(3.5)])
        #expect(folded.unknown == [UnknownInterval(probe: "p", start: at(3), end: at(4), reason: .gap)])
        #expect(folded.longestUnseenSeconds == 2 && folded.longestStepSeconds == 1)
    }

    @Test("an outage that lasts until the run's end has no end")
    func open() throws {
        let outage = try #require(fold("++--", to: 10).outages.first)
        #expect(outage.end == nil && outage.loSeconds == 1 && outage.hiSeconds == 9 && outage.touchesUnknown)
    }

    @Test("an outage at the beginning borders on the unknown")
    func beginning() throws {
        let outage = try #require(fold("--++", from: 0).outages.first)
        #expect(outage.hiSeconds == 2 && outage.touchesUnknown)
    }

    @Test("samples out of order do not trap")
    func disorder() {
        var fold = ProbeFold(probe: "p", periodMilliseconds: 0, patienceSeconds: .infinity)
        for second in [5.0, 3, 4, 9] {
            fold.append(Sample(probe: "p", start: at(second), latencyNanoseconds: -1, outcome: .refused))
        }
        let folded = fold.finish()
        #expect(folded.samples == [.failed: 4])
        #expect(folded.outages.allSatisfy { $0.loSeconds <= $0.hiSeconds })
    }

    /// Properties that hold for any samples.
    @Test("properties that hold for any samples", arguments: 0..<300)
    func properties(seed: Int) {
        var generator = SplitMix(seed: UInt64(seed))
        var time = 0.0
        var samples: [Sample] = []
        let outcomes: [SampleOutcome] = [.ok, .ok, .ok, .ok, .refused, .timeout, .late]
        var held: SampleOutcome = .ok
        for _ in 0..<Int.random(in: 0...200, using: &generator) {
            time +=
                Double.random(in: 0...1, using: &generator) < 0.03
                ? Double.random(in: 3...20, using: &generator) : Double.random(in: 0.9...1.1, using: &generator)
            if Double.random(in: 0...1, using: &generator) < 0.3 { held = outcomes.randomElement(using: &generator) ?? .ok }
            samples.append(
                Sample(
                    probe: "p", start: at(time), latencyNanoseconds: Int64.random(in: 0...6_000_000_000, using: &generator),
                    connectedNanoseconds: Bool.random(using: &generator) ? Int64.random(in: 0...2_000_000_000, using: &generator) : nil,
                    outcome: held))
        }
        for kind in OutageClass.allCases { check(samples, kind: kind) }
    }

    private func check(_ samples: [Sample], kind: OutageClass) {
        let state: ProbeState = kind == .failed ? .failed : .slow
        var previousDown: Int?
        for patience in [0.25, 1, 5] {
            let folded = ProbeFold.fold(samples, probe: probe, patienceSeconds: patience, kind: kind)
            let down = folded.samples[state] ?? 0
            // Every sample is in exactly one class, and every failing one in exactly one outage.
            #expect(folded.samples.values.reduce(0, +) == samples.count)
            #expect(folded.outages.reduce(0) { $0 + $1.failures } == down)
            #expect(folded.segments.reduce(0) { $0 + $1.samples } == samples.count)
            // A more patient client never sees more failures.
            let all = down + (kind == .slow ? folded.samples[.failed] ?? 0 : 0)
            if let previousDown { #expect(all <= previousDown) }
            previousDown = all
            for outage in folded.outages {
                #expect(outage.loSeconds >= 0 && outage.loSeconds <= outage.hiSeconds)
                #expect(outage.start <= outage.lastFailure)
                #expect(outage.end.map { $0 > outage.lastFailure } ?? true)
            }
            for (left, right) in zip(folded.outages, folded.outages.dropFirst()) {
                #expect((left.end ?? left.lastFailure) <= right.start)
            }
            // The segments cover the time without holes or overlaps, and neighbours differ.
            for (left, right) in zip(folded.segments, folded.segments.dropFirst()) {
                #expect(left.end == right.start && left.state != right.state)
            }
            // Unknown time is the unknown segments, and is never part of a least length.
            let unknown = folded.segments.filter { $0.state == .unknown }.reduce(0.0) { $0 + $1.end.seconds(since: $1.start) }
            #expect(abs(unknown - folded.unknownSeconds) < 1e-6)
            for outage in folded.outages {
                let first = kind == .failed ? min(outage.faultBy, outage.lastFailure) : outage.start
                #expect(outage.start <= outage.faultBy)
                let inside = folded.unknown.reduce(0.0) { sum, interval in
                    let from = max(interval.start, first)
                    let to = min(interval.end, outage.lastFailure)
                    return sum + max(0, to.seconds(since: from))
                }
                #expect(abs(outage.loSeconds - (outage.lastFailure.seconds(since: first) - inside)) < 1e-6)
            }
            #expect(folded.totalHiSeconds <= folded.possibleTotalSeconds + 1e-9)
            #expect(ProbeFold.fold(samples, probe: probe, patienceSeconds: patience, kind: kind) == folded)
        }
    }

    /// A true outage, sampled, lies within its bounds.
    @Test("a true outage, sampled, lies within its bounds", arguments: 0..<100)
    func truth(seed: Int) {
        var generator = SplitMix(seed: UInt64(seed) &+ 1_000)
        let from = Double.random(in: 10...20, using: &generator)
        let length = Double.random(in: 2...30, using: &generator)
        let phase = Double.random(in: 0...1, using: &generator)
        let samples = (0..<80).map { index -> Sample in
            let time = Double(index) + phase
            return Sample(
                probe: "p", start: at(time), latencyNanoseconds: 0, outcome: time >= from && time < from + length ? .timeout : .ok)
        }
        let outages = ProbeFold.fold(samples, probe: probe, patienceSeconds: 1).outages
        #expect(outages.count == 1)
        #expect(outages.allSatisfy { $0.loSeconds <= length && length <= $0.hiSeconds + 1e-9 })
    }
}
