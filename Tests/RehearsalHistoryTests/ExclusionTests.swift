import RehearsalHistory
import RehearsalModel
import Testing

/// One sample a second, good but where the seconds say otherwise.
private func samples(_ seconds: Range<Int>, failing: Set<Int> = [], slow: [Int: Double] = [:]) -> [Sample] {
    seconds.map { second in
        Sample(
            probe: "p", start: at(Double(second)), latencyNanoseconds: Int64((slow[second] ?? 0.001) * 1e9),
            outcome: failing.contains(second) ? .refused : .ok)
    }
}

@Suite("time that no probe is judged by")
struct ExclusionTests {
    private let probe = ProbeSpecification(name: "p", kind: "tcp", target: "192.0.2.10:1", periodMilliseconds: 1_000)

    private func fold(_ samples: [Sample], _ excluded: [ExcludedInterval]) -> FoldedProbe {
        ProbeFold.fold(samples, probe: probe, patienceSeconds: 1, from: at(0), to: at(30), excluded: excluded)
    }

    private func pause(_ range: ClosedRange<Double>, _ reason: UnknownInterval.Reason = .checkpoint) -> ExcludedInterval {
        ExcludedInterval(start: at(range.lowerBound), end: at(range.upperBound), reason: reason)
    }

    @Test("attempts that fail while all machines stand still are no outage")
    func standstill() {
        // The sample of second 9 is answered when the machines go on; those of 10-14 time out or are late.
        let felt = samples(0..<30, failing: [10, 11, 12, 13, 14], slow: [9: 5.9])
        #expect(fold(felt, []).outages.count == 1)
        let folded = fold(felt, [pause(9.5...14.5)])
        #expect(folded.outages.isEmpty)
        #expect(folded.unknown == [UnknownInterval(probe: "p", start: at(9.5), end: at(14.5), reason: .checkpoint)])
        #expect(folded.unknownSeconds == 0 && folded.possibleTotalSeconds == 0 && folded.longestUnseenSeconds == 0)
    }

    @Test("segments cover all time without holes")
    func segments() {
        let folded = fold(samples(0..<30, failing: [10, 11, 12, 20]), [pause(9.5...12.5), pause(18.2...19.1, .rewound)])
        #expect(folded.segments.first?.start == at(0) && folded.segments.last?.end == at(30))
        for (left, right) in zip(folded.segments, folded.segments.dropFirst()) { #expect(left.end == right.start) }
    }

    @Test("an outage across a pause does not grow by it")
    func across() {
        // Down from 8 to 16, of which 10-14 passed while all stood still: failing starts 8, 9, 15, 16.
        let folded = fold(samples(0..<30, failing: Set(8...16)), [pause(9.5...14.5)])
        #expect(folded.outages.count == 1)
        #expect(folded.outages.first?.loSeconds == 2.999)
        #expect(folded.outages.first?.hiSeconds == 5)
        #expect(folded.outages.first?.touchesUnknown == false)
    }

    @Test("samples of another branch say nothing")
    func otherBranch() {
        let folded = fold(samples(0..<10) + samples(10..<20, failing: Set(10..<20)) + samples(20..<30), [pause(9.9...19.5, .rewound)])
        #expect(folded.outages.isEmpty && folded.samples == [.up: 20])
    }

    @Test("a gap beside a pause is still unknown")
    func gap() {
        let folded = fold(samples(0..<5) + samples(20..<30), [pause(8...12)])
        #expect(folded.unknown.map(\.reason) == [.gap, .checkpoint, .gap])
        #expect(folded.unknownSeconds == 11)
        #expect(folded.longestUnseenSeconds == 12)
    }
}
