import RehearsalHistory
import RehearsalModel
import Testing

private func at(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: 0).advanced(bySeconds: seconds) }

private func event(_ sequence: Int64, _ seconds: Double, _ kind: EventKind, _ step: String? = nil, _ detail: [String: String] = [:])
    -> Event
{
    Event(sequence: sequence, time: at(seconds), kind: kind, step: step, detail: detail)
}

private func checkpointed(_ sequence: Int64, _ seconds: Double, pause: ClosedRange<Double>) -> Event {
    event(
        sequence, seconds, .checkpointed, "2",
        ["folder": "2", "paused_from": "\(at(pause.lowerBound).nanoseconds)", "paused_to": "\(at(pause.upperBound).nanoseconds)"])
}

@Suite struct BranchTests {
    private let journal = [
        event(1, 0, .stepStarted, "1"), event(2, 10, .stepEnded, "1"), checkpointed(3, 17, pause: 11...15),
        event(4, 18, .stepStarted, "2"), event(5, 30, .stepEnded, "2", ["outcome": "failed"]),
    ]

    @Test func aJournalWithoutRewindIsOneBranch() {
        let branches = Branch.all(of: journal)
        #expect(branches.map { $0.events.map(\.sequence) } == [[1, 2, 3, 4, 5]])
        #expect(branches[0].end == nil)
        #expect(branches[0].excluded == [ExcludedInterval(start: at(11), end: at(15), reason: .checkpoint)])
    }

    @Test func goingBackLeavesABranchWithItsEnd() {
        let rewound =
            journal + [
                event(6, 100, .rewound, "2", ["sequence": "3"]), event(7, 130, .recorderStarted), event(8, 131, .stepStarted, "2"),
            ]
        let branches = Branch.all(of: rewound)
        #expect(branches.map { $0.events.map(\.sequence) } == [[1, 2, 3, 4, 5], [1, 2, 3, 6, 7, 8]])
        #expect(branches[0].end == at(30))
        #expect(branches[1].end == nil)
        // From the instant that the machines came back to, until they are watched again.
        #expect(
            branches[1].excluded == [
                ExcludedInterval(start: at(11), end: at(15), reason: .checkpoint),
                ExcludedInterval(start: at(15), end: at(130), reason: .rewound),
            ])
    }

    @Test func goingBackTwiceToOnePlaceLeavesNoEmptyBranch() {
        let rewound =
            journal + [
                event(6, 100, .rewound, "2", ["sequence": "3"]), event(7, 200, .rewound, "2", ["sequence": "3"]),
                event(8, 230, .recorderStarted),
            ]
        #expect(Branch.all(of: rewound).map { $0.events.map(\.sequence) } == [[1, 2, 3, 4, 5], [1, 2, 3, 7, 8]])
        #expect(Branch.taken(of: rewound).excluded.last == ExcludedInterval(start: at(15), end: at(230), reason: .rewound))
    }

    @Test func anEmptyJournalHasOneEmptyBranch() {
        #expect(Branch.taken(of: []).events.isEmpty)
        #expect(Branch.all(of: []).count == 1)
    }
}

/// One sample a second, good but where the seconds say otherwise.
private func samples(_ seconds: Range<Int>, failing: Set<Int> = [], slow: [Int: Double] = [:]) -> [Sample] {
    seconds.map { second in
        Sample(
            probe: "p", start: at(Double(second)), latencyNanoseconds: Int64((slow[second] ?? 0.001) * 1e9),
            outcome: failing.contains(second) ? .refused : .ok)
    }
}

@Suite struct ExclusionTests {
    private let probe = ProbeSpecification(name: "p", kind: "tcp", target: "192.0.2.10:1", periodMilliseconds: 1_000)

    private func fold(_ samples: [Sample], _ excluded: [ExcludedInterval]) -> FoldedProbe {
        ProbeFold.fold(samples, probe: probe, patienceSeconds: 1, from: at(0), to: at(30), excluded: excluded)
    }

    private func pause(_ range: ClosedRange<Double>, _ reason: ExcludedInterval.Reason = .checkpoint) -> ExcludedInterval {
        ExcludedInterval(start: at(range.lowerBound), end: at(range.upperBound), reason: reason)
    }

    @Test func whatFailsWhileAllStandsStillIsNoOutage() {
        // The sample of second 9 is answered when the machines go on; those of 10-14 time out or are late.
        let felt = samples(0..<30, failing: [10, 11, 12, 13, 14], slow: [9: 5.9])
        #expect(fold(felt, []).outages.count == 1)
        let folded = fold(felt, [pause(9.5...14.5)])
        #expect(folded.outages.isEmpty)
        #expect(folded.unknown == [UnknownInterval(probe: "p", start: at(9.5), end: at(14.5), reason: "checkpoint")])
        #expect(folded.unknownSeconds == 0 && folded.possibleTotalSeconds == 0 && folded.longestUnseenSeconds == 0)
    }

    @Test func segmentsCoverAllTimeWithoutHoles() {
        let folded = fold(samples(0..<30, failing: [10, 11, 12, 20]), [pause(9.5...12.5), pause(18.2...19.1, .rewound)])
        #expect(folded.segments.first?.start == at(0) && folded.segments.last?.end == at(30))
        for (left, right) in zip(folded.segments, folded.segments.dropFirst()) { #expect(left.end == right.start) }
    }

    @Test func anOutageAcrossAPauseDoesNotGrowByIt() {
        // Down from 8 to 16, of which 10-14 passed while all stood still: failing starts 8, 9, 15, 16.
        let folded = fold(samples(0..<30, failing: Set(8...16)), [pause(9.5...14.5)])
        #expect(folded.outages.count == 1)
        #expect(folded.outages.first?.loSeconds == 3)
        #expect(folded.outages.first?.hiSeconds == 5)
        #expect(folded.outages.first?.touchesUnknown == false)
    }

    @Test func anotherBranchSaysNothing() {
        let folded = fold(samples(0..<10) + samples(10..<20, failing: Set(10..<20)) + samples(20..<30), [pause(9.9...19.5, .rewound)])
        #expect(folded.outages.isEmpty && folded.down == 0 && folded.up == 20)
    }

    @Test func aGapBesideAPauseIsStillUnknown() {
        let folded = fold(samples(0..<5) + samples(20..<30), [pause(8...12)])
        #expect(folded.unknown.map(\.reason) == ["gap", "checkpoint", "gap"])
        #expect(folded.unknownSeconds == 11)
        #expect(folded.longestUnseenSeconds == 12)
    }
}
