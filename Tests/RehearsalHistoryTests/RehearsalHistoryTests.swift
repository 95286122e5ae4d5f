import Foundation
import RehearsalHistory
import RehearsalModel
import Testing

/// SplitMix64: random, but the same for the same seed.
struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

private func at(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: 0).advanced(bySeconds: seconds) }

private let probe = ProbeSpecification(name: "p", kind: "tcp", target: "192.0.2.10:1", periodMilliseconds: 1_000)

/// Samples one second apart: `+` good, `-` refused, `s` slow (2 s), `?` late, ` ` none.
private func samples(_ pattern: String) -> [Sample] {
    pattern.enumerated().compactMap { second, mark in
        switch mark {
        case "+": Sample(probe: "p", start: at(Double(second)), latencyNanoseconds: 1_000_000, outcome: .ok)
        case "-": Sample(probe: "p", start: at(Double(second)), latencyNanoseconds: 1_000_000, outcome: .refused)
        case "s": Sample(probe: "p", start: at(Double(second)), latencyNanoseconds: 2_000_000_000, outcome: .ok)
        case "?": Sample(probe: "p", start: at(Double(second)), latencyNanoseconds: 0, outcome: .late)
        default: nil
        }
    }
}

private func fold(_ pattern: String, patience: Double = 1, from: Double? = nil, to: Double? = nil) -> FoldedProbe {
    ProbeFold.fold(samples(pattern), probe: probe, patienceSeconds: patience, from: from.map(at), to: to.map(at))
}

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (1_795_359_600_123_456_789, "2026-11-22T15:00:00.123Z"),
        (951_782_399_999_999_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"), (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
    ])
    func printsISO8601(nanoseconds: Int64, text: String) {
        #expect(Timestamp(nanoseconds: nanoseconds).iso8601 == text)
    }

    @Test func readsWhatItPrints() throws {
        var generator = Generator(state: 7)
        for _ in 0..<2_000 {
            let milliseconds = Int64.random(in: -9_000_000_000_000...9_000_000_000_000, using: &generator)
            let time = Timestamp(nanoseconds: milliseconds * 1_000_000)
            #expect(Timestamp(iso8601: time.iso8601) == time)
        }
    }

    @Test func agreesWithFoundation() throws {
        var generator = Generator(state: 8)
        for _ in 0..<200 {
            let seconds = Int64.random(in: -4_000_000_000...7_000_000_000, using: &generator)
            let expected = Date(timeIntervalSince1970: Double(seconds)).ISO8601Format()
            #expect(String(Timestamp(seconds: seconds, nanoseconds: 0).iso8601.prefix(19)) + "Z" == expected)
        }
    }

    @Test(arguments: [
        "", "2026-11-22", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22 15:00:00Z",
        "2026-11-22T15:00:00", "2026-11-22T15:00:00.Z", "2026-11-22T15:00:00.1234567890Z", "9999-01-01T00:00:00Z",
        "2026-11-22T15:0x:00Z",
    ])
    func refuses(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test func isEncodedAsOneInteger() throws {
        let data = try JSONEncoder().encode([Timestamp(nanoseconds: 1_795_359_600_123_456_789)])
        #expect(String(decoding: data, as: UTF8.self) == "[1795359600123456789]")
        #expect(try JSONDecoder().decode([Timestamp].self, from: data).first?.nanoseconds == 1_795_359_600_123_456_789)
    }

    @Test func arithmeticDoesNotTrap() {
        let far = Timestamp(nanoseconds: .max)
        #expect(far.advanced(bySeconds: 1e30) == far)
        #expect(far.advanced(byNanoseconds: 5) == far)
        #expect(far.nanoseconds(since: Timestamp(nanoseconds: .min)) == .max)
    }
}

@Suite struct ProbeFoldTests {
    @Test func noSamplesGiveNothing() {
        let folded = fold("")
        #expect(folded.outages.isEmpty && folded.unknown.isEmpty && folded.segments.isEmpty)
    }

    @Test func noSamplesWhileTheRecorderRanAreUnknown() {
        let folded = fold("", from: 0, to: 100)
        #expect(folded.unknown == [UnknownInterval(probe: "p", start: at(0), end: at(100), reason: "gap")])
        #expect(folded.longestUnseenSeconds == 100)
    }

    @Test func boundsAreTheNeighbouringGoodSamples() throws {
        let outage = try #require(fold("++---++").outages.first)
        #expect(outage.start == at(2) && outage.end == at(5) && outage.lastFailure == at(4))
        #expect(outage.loSeconds == 2 && outage.hiSeconds == 4)
        #expect(outage.failures == 3 && outage.firstOutcome == .refused && !outage.touchesUnknown)
    }

    @Test func oneFailureLastsAtLeastNothing() throws {
        let outage = try #require(fold("++-++").outages.first)
        #expect(outage.loSeconds == 0 && outage.hiSeconds == 2)
    }

    @Test func patienceIsJudgedFromLatency() {
        #expect(fold("++ss++", patience: 1).outages.count == 1)
        #expect(fold("++ss++", patience: 1).outages.first?.firstOutcome == .ok)
        #expect(fold("++ss++", patience: 2).outages.isEmpty)
    }

    @Test func lateSamplesAreNeitherUpNorDown() throws {
        let folded = fold("++-??-++")
        #expect(folded.up == 4 && folded.down == 2 && folded.late == 2)
        let outage = try #require(folded.outages.first)
        #expect(folded.outages.count == 1)
        // From 2 to 5, without the unknown span from 3 to 5.
        #expect(outage.loSeconds == 1 && outage.hiSeconds == 5 && outage.touchesUnknown)
        #expect(folded.unknown == [UnknownInterval(probe: "p", start: at(3), end: at(5), reason: "late")])
    }

    @Test func lateSamplesBetweenGoodOnesAreNoOutage() {
        let folded = fold("++??++")
        #expect(folded.outages.isEmpty)
        #expect(folded.unknownSeconds == 2 && folded.longestUnseenSeconds == 3 && folded.possibleTotalSeconds == 2)
    }

    @Test func aGapOfMoreThanThreePeriodsIsUnknown() {
        #expect(fold("++  ++").unknown.isEmpty)
        let folded = fold("++    ++")
        #expect(folded.unknown == [UnknownInterval(probe: "p", start: at(2), end: at(6), reason: "gap")])
        #expect(folded.outages.isEmpty)
    }

    @Test func anOutageThatTheRunEndedHasNoEnd() throws {
        let outage = try #require(fold("++--", to: 10).outages.first)
        #expect(outage.end == nil && outage.loSeconds == 1 && outage.hiSeconds == 9 && outage.touchesUnknown)
    }

    @Test func anOutageAtTheBeginningBordersOnTheUnknown() throws {
        let outage = try #require(fold("--++", from: 0).outages.first)
        #expect(outage.hiSeconds == 2 && outage.touchesUnknown)
    }

    @Test func samplesOutOfOrderDoNotTrap() {
        var fold = ProbeFold(probe: "p", periodMilliseconds: 0, patienceSeconds: .infinity)
        for second in [5.0, 3, 4, 9] {
            fold.append(Sample(probe: "p", start: at(second), latencyNanoseconds: -1, outcome: .refused))
        }
        let folded = fold.finish()
        #expect(folded.down == 4)
        #expect(folded.outages.allSatisfy { $0.loSeconds <= $0.hiSeconds })
    }

    /// Properties that hold for any samples.
    @Test(arguments: 0..<300)
    func properties(seed: Int) {
        var generator = Generator(state: UInt64(seed))
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
                    probe: "p", start: at(time), latencyNanoseconds: Int64.random(in: 0...6_000_000_000, using: &generator), outcome: held))
        }
        var previousDown: Int?
        for patience in [0.25, 1, 5] {
            let folded = ProbeFold.fold(samples, probe: probe, patienceSeconds: patience)
            // Every sample is in exactly one class, and every failing one in exactly one outage.
            #expect(folded.up + folded.down + folded.late == samples.count)
            #expect(folded.outages.reduce(0) { $0 + $1.failures } == folded.down)
            #expect(folded.segments.reduce(0) { $0 + $1.samples } == samples.count)
            // A more patient client never sees more failures.
            if let previousDown { #expect(folded.down <= previousDown) }
            previousDown = folded.down
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
                let inside = folded.unknown.reduce(0.0) { sum, interval in
                    let from = max(interval.start, outage.start)
                    let to = min(interval.end, outage.lastFailure)
                    return sum + max(0, to.seconds(since: from))
                }
                #expect(abs(outage.loSeconds - (outage.lastFailure.seconds(since: outage.start) - inside)) < 1e-6)
            }
            #expect(folded.totalHiSeconds <= folded.possibleTotalSeconds + 1e-9)
            #expect(ProbeFold.fold(samples, probe: probe, patienceSeconds: patience) == folded)
        }
    }

    /// A true outage, sampled, lies within its bounds.
    @Test(arguments: 0..<100)
    func boundsHoldTheTruth(seed: Int) {
        var generator = Generator(state: UInt64(seed) &+ 1_000)
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

@Suite struct AttributionTests {
    private let plan = [
        StepRecord(id: "1", name: "controllers", kind: "sequence", position: 0),
        StepRecord(id: "1.1", parent: "1", name: "update-controller", machine: "controller-0", kind: "procedure", position: 1),
        StepRecord(id: "1.1.1", parent: "1.1", name: "stop-cluster", machine: "controller-0", kind: "substep", position: 2),
        StepRecord(id: "1.1.2", parent: "1.1", name: "update-keystone", machine: "controller-0", kind: "substep", position: 3),
        StepRecord(id: "2", name: "prove readiness", kind: "proveReady", position: 4),
    ]

    private func events(_ entries: [(Double, EventKind, String, [String: String])]) -> [Event] {
        entries.map { Event(time: at($0.0), kind: $0.1, step: $0.2, text: "", detail: $0.3) }
    }

    private var journal: [Event] {
        events([
            (0, .stepStarted, "1", [:]), (1, .stepStarted, "1.1", [:]), (2, .substepStarted, "1.1.1", [:]),
            (10, .substepEnded, "1.1.1", ["status": "0"]), (11, .substepStarted, "1.1.2", [:]),
            (20, .substepEnded, "1.1.2", ["status": "1"]), (21, .stepEnded, "1.1", ["outcome": "failed"]),
            (22, .stepEnded, "1", [:]), (23, .stepStarted, "2", [:]),
        ])
    }

    private func outage(_ start: Double, _ end: Double?) -> Outage {
        Outage(
            probe: "p", patienceSeconds: 1, start: at(start), end: end.map(at), loSeconds: 0, hiSeconds: 0,
            firstOutcome: .timeout, lastFailure: at(start), failures: 1)
    }

    @Test func spansFollowTheJournal() {
        let spans = StepSpan.spans(plan: plan, events: journal)
        #expect(spans.map(\.step.id) == ["1", "1.1", "1.1.1", "1.1.2", "2"])
        #expect(spans.map(\.outcome) == ["ok", "failed", "ok", "failed", "unfinished"])
        #expect(spans[4].start == at(23) && spans[4].end == nil)
    }

    @Test func stepsThatNeverStartedSaySo() {
        #expect(StepSpan.spans(plan: plan, events: []).allSatisfy { $0.outcome == StepSpan.notStarted && $0.start == nil })
    }

    @Test func aStepTakenUpAfterAResumeIsOneAttempt() {
        let spans = StepSpan.spans(
            plan: plan, events: events([(0, .stepStarted, "2", [:]), (5, .stepStarted, "2", [:]), (9, .stepEnded, "2", [:])]))
        #expect(spans.last?.attempts == [StepSpan.Attempt(start: at(0), end: at(9))])
    }

    @Test func aStepRepeatedAfterAFailureIsTwo() {
        let spans = StepSpan.spans(
            plan: plan,
            events: events([
                (0, .stepStarted, "2", [:]), (1, .stepEnded, "2", ["outcome": "failed"]), (5, .stepStarted, "2", [:]),
                (9, .stepEnded, "2", ["outcome": "ok"]),
            ]))
        #expect(spans.last?.attempts.count == 2 && spans.last?.outcome == "ok")
        let attribution = Attribution(spans: spans)
        #expect(attribution.steps(at: at(3)).isEmpty)
    }

    @Test func aSubStepThatItsProcedureLeftOutIsSkippedIfThatSucceeded() {
        for (outcome, expected) in [("ok", StepSpan.skipped), ("failed", StepSpan.notStarted)] {
            let spans = StepSpan.spans(
                plan: plan,
                events: events([
                    (0, .stepStarted, "1.1", [:]), (1, .substepStarted, "1.1.1", [:]), (2, .substepEnded, "1.1.1", ["status": "0"]),
                    (3, .stepEnded, "1.1", ["outcome": outcome]),
                ]))
            #expect(spans.first { $0.step.id == "1.1.2" }?.outcome == expected)
        }
    }

    @Test func subStepsOutsideThePlanAreAdded() {
        let spans = StepSpan.spans(
            plan: plan,
            events: [Event(time: at(1), kind: .substepStarted, step: "1.1.10", machine: "controller-0", text: "extra")])
        let added = spans.first { $0.step.id == "1.1.10" }
        #expect(added?.step.name == "extra" && added?.step.parent == "1.1" && added?.step.kind == "substep")
        #expect(spans.firstIndex { $0.step.id == "1.1.10" } == 4)
    }

    @Test func theDeepestStepInFlightIsTheCause() {
        let attribution = Attribution(spans: StepSpan.spans(plan: plan, events: journal))
        let found = attribution.attribute(outage(5, 12))
        #expect(found.steps == ["1.1.1", "1.1.2"] && found.machine == "controller-0")
        #expect(attribution.attribute(outage(10.5, 10.6)).steps == ["1.1"])
        #expect(attribution.attribute(outage(10, 10.6)).steps == ["1.1"])
        #expect(attribution.attribute(outage(0.5, 0.6)).steps == ["1"])
        #expect(attribution.attribute(outage(100, nil)).steps == ["2"])
        #expect(attribution.attribute(outage(22.5, 22.6)).steps.isEmpty)
    }

    @Test func amongSeveralMachinesTheLatestStartComesFirst() {
        let plan = (0..<3).map {
            StepRecord(id: "\($0 + 1)", name: "talk-packages", machine: "controller-\($0)", kind: "procedure", position: $0)
        }
        let attribution = Attribution(
            spans: StepSpan.spans(
                plan: plan, events: events([(0, .stepStarted, "1", [:]), (3, .stepStarted, "2", [:]), (2, .stepStarted, "3", [:])])))
        let found = attribution.attribute(outage(5, nil))
        #expect(found.steps == ["2", "3", "1"] && found.machine == "controller-1")
    }

    @Test(arguments: [
        ("keystone", "keystone*", true), ("python3-keystone", "keystone*", false), ("python3-keystone", "*keystone", true),
        ("a", "*", true), ("", "*", true), ("abc", "a*c", true), ("abd", "a*c", false), ("abcbc", "a*bc", true), ("ab", "ab", true),
        ("ab", "abc", false), ("aab", "*ab", true),
    ])
    func patterns(name: String, pattern: String, matches: Bool) {
        #expect(NamePattern.matches(name, pattern) == matches)
    }

    @Test func packagesBelongToTheStepThatChangedThem() {
        let differences = PackageChange.between(
            [
                PackageVersion(name: "keystone", version: "1"), PackageVersion(name: "haproxy", version: "1"),
                PackageVersion(name: "gone", version: "1"), PackageVersion(name: "same", version: "1"),
            ],
            [
                PackageVersion(name: "keystone", version: "2", source: "keystone"), PackageVersion(name: "haproxy", version: "2"),
                PackageVersion(name: "new", version: "1"), PackageVersion(name: "same", version: "1"),
            ])
        #expect(differences.map(\.name) == ["gone", "haproxy", "keystone", "new"])
        var span = StepSpan(step: plan[3], attempts: [], outcome: "ok", note: "", changedPackages: [])
        #expect(PackageChange.caused(by: span, among: differences).map(\.name) == ["keystone"])
        span.step.packages = ["ha*"]
        #expect(PackageChange.caused(by: span, among: differences).map(\.name) == ["haproxy"])
        span.changedPackages = ["new"]
        #expect(PackageChange.caused(by: span, among: differences).map(\.name) == ["new"])
        span.step.name = "stop-cluster"
        span.step.packages = []
        span.changedPackages = []
        #expect(PackageChange.caused(by: span, among: differences).isEmpty)
    }
}
