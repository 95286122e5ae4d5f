public import RehearsalModel

/// A span in which a probe's target was in one state.
public struct ProbeSegment: Codable, Hashable, Sendable {
    /// The state.
    public var state: ProbeState
    /// The beginning.
    public var start: Timestamp
    /// The end; the beginning of the next segment.
    public var end: Timestamp
    /// How many samples it was folded from; 0 for a gap.
    public var samples: Int

    /// Makes a segment.
    public init(state: ProbeState, start: Timestamp, end: Timestamp, samples: Int) {
        self.state = state
        self.start = start
        self.end = end
        self.samples = samples
    }
}

/// The outages of one kind that a client of one patience felt of one probe's target.
public struct FoldedProbe: Codable, Hashable, Sendable {
    /// The name of the probe.
    public var probe: String
    /// How long the client waits for an answer, in seconds.
    public var patienceSeconds: Double
    /// Of which kind the outages are.
    public var kind: OutageClass
    /// The outages, in order of time, not yet attributed to steps.
    public var outages: [Outage]
    /// The spans in which the recorder cannot tell, in order of time.
    public var unknown: [UnknownInterval]
    /// All time from the first sample to the end, without holes or overlaps.
    public var segments: [ProbeSegment]
    /// The greatest distance between two neighbouring samples of another kind with unknown time between them, in seconds;
    /// whatever failed there unseen is not longer than this.
    public var longestUnseenSeconds: Double
    /// The greatest distance between two neighbouring samples of another kind without unknown time between them, in seconds: what failed in
    /// between and was over again before the next attempt was not seen.
    public var longestStepSeconds: Double
    /// How many samples were in each state.
    public var samples: [ProbeState: Int]
    /// How many samples are right answers that the host can have delayed. Only where failures are folded: there they tell that nothing
    /// failed.
    public var delayedAnswers: Int

    /// The least time that the target was down, in seconds.
    public var totalLoSeconds: Double { outages.reduce(0) { $0 + $1.loSeconds } }
    /// The greatest time that the target was down in the outages that were seen, in seconds.
    public var totalHiSeconds: Double { outages.reduce(0) { $0 + $1.hiSeconds } }
    /// Whether there is any sample that tells whether there was an outage of this kind.
    public var isKnown: Bool { delayedAnswers > 0 || samples.contains { $0.key != .unknown && $0.value > 0 } }
    /// The length of the unknown spans that are not excluded, in seconds: nobody can tell whether the target was up or slow, or down.
    public var unknownSeconds: Double {
        unknown.reduce(0) { $0 + ($1.reason.isExcluded ? 0 : $1.seconds) }
    }
    /// The greatest time that the target may have been down, in seconds. Unknown time outside the outages counts as down, unless right
    /// answers tell that it was not.
    public var possibleTotalSeconds: Double
    /// How much of the unknown time counts as time in which the target may have been down, in seconds.
    public var undecidedSeconds: Double
}

/// Folds the samples of one probe, in order of their start, into outages of one kind for a client of one patience.
///
/// A sample stands for the time it started; `Sample.state(patience:)` says what it says. An outage is the stretch between two
/// neighbouring samples of another state that holds at least one of its kind:
/// - `lo` is the time from the first of its kind to the start of the last one, without the unknown time between them. A slow one counts
///   from its start, one that failed from when what failed it must have happened (`Sample.latestFault(patience:)`);
/// - `hi` is the time from the start before to the start after that are of another state.
///
/// So an outage that failed ends with an answer, even with a slow one, and one that was slow ends where answers fail.
///
/// Samples that are `late`, answers whose delay can be the host's doing, and gaps of more than three periods without a sample are unknown:
/// never up, never down, never in `lo`. A delayed answer tells all the same that nothing failed: it ends an outage that failed, and counts
/// towards none.
///
/// An attempt that was held back is no sample: what was before it lasts until the next one.
///
/// Time that is excluded (all machines stood still, or another branch) is shown as unknown and does not count towards any length: a
/// sample that touches it is left out, and an outage that lasts across it goes on behind it.
public struct ProbeFold: Sendable {
    /// How many periods without a sample make a gap.
    public static let gapPeriods: Int64 = 3

    private let probe: String
    private let period: Int64
    private let patience: Int64
    private let kind: OutageClass
    private let excluded: [ExcludedInterval]
    /// When the recorder was started again: whatever it missed before that is unknown, however short.
    private let restarts: [Timestamp]
    private var previous: (start: Timestamp, state: ProbeState, isAnswer: Bool, reason: UnknownInterval.Reason)?
    /// When the recorder last held an attempt back since the last sample.
    private var watchedUntil: Timestamp?
    private var windowStart: Timestamp?
    private var lastOther: Timestamp?
    private var unknownSinceOther = false
    private var unknownNanosecondsSinceOther: Int64 = 0
    private var open: OpenOutage?
    private var possible: Int64 = 0
    private var undecided: Int64 = 0
    private var result: FoldedProbe

    private struct OpenOutage {
        var outage: Outage
        var hiStart: Timestamp
    }

    /// Starts a fold.
    ///
    /// - Parameters:
    ///   - probe: The name of the probe.
    ///   - periodMilliseconds: The time from one attempt to the next.
    ///   - patienceSeconds: How long the client waits for an answer.
    ///   - kind: Which outages are wanted.
    ///   - start: When the recorder began; time before the first sample that is longer than a gap is unknown.
    ///   - restarts: When the recorder was started again, in order.
    ///   - excluded: What is left out, in order, without overlaps.
    public init(
        probe: String, periodMilliseconds: Int, patienceSeconds: Double, kind: OutageClass = .failed, start: Timestamp? = nil,
        restarts: [Timestamp] = [], excluded: [ExcludedInterval] = []
    ) {
        self.probe = probe
        self.period = max(1, Int64(periodMilliseconds)) * 1_000_000
        self.patience = Int64(min(max(0, patienceSeconds), 9e9) * 1e9)
        self.kind = kind
        self.windowStart = start
        self.excluded = excluded
        self.restarts = restarts
        self.result = FoldedProbe(
            probe: probe, patienceSeconds: patienceSeconds, kind: kind, outages: [], unknown: [], segments: [],
            longestUnseenSeconds: 0, longestStepSeconds: 0, samples: [:], delayedAnswers: 0, possibleTotalSeconds: 0,
            undecidedSeconds: 0)
    }

    /// Adds the next sample; one that starts before its predecessor is taken to start with it.
    public mutating func append(_ sample: Sample) {
        guard !excluded.touches(sample) else { return }
        guard sample.outcome != .held else {
            // It tells that the recorder was there, and nothing else.
            if previous != nil { watchedUntil = max(watchedUntil ?? sample.start, sample.start) }
            return
        }
        let state = sample.state(patience: patience)
        let isDelayedAnswer = kind == .failed && state == .unknown && sample.isAnswer(patience: patience)
        result.samples[state, default: 0] += 1
        if isDelayedAnswer { result.delayedAnswers += 1 }
        var start = sample.start
        if let previous {
            start = max(start, previous.start)
            extend(to: start)
        } else if let windowStart {
            if lived(from: windowStart, to: start) > ProbeFold.gapPeriods * period {
                pass(from: windowStart, to: start) { $0.passUnknown(from: $1, to: $2, reason: .gap, samples: 0) }
            }
        }
        if windowStart == nil { windowStart = start }
        if state == kind.state {
            addFailure(sample, start)
        } else if state != .unknown || isDelayedAnswer {
            addOther(start)
        }
        previous = (start, state, isDelayedAnswer, sample.outcome == .late ? .late : .host)
    }

    /// Ends the fold.
    ///
    /// - Parameter end: When the recorder stopped; nil takes the last sample to stand for one period.
    public consuming func finish(at end: Timestamp? = nil) -> FoldedProbe {
        if let previous {
            extend(to: max(end ?? previous.start.advanced(byNanoseconds: period), previous.start))
        } else if let windowStart, let end, windowStart < end {
            pass(from: windowStart, to: end) { $0.passUnknown(from: $1, to: $2, reason: .gap, samples: 0) }
        }
        let last = result.segments.last?.end ?? windowStart
        if var open, let last {
            open.outage.touchesUnknown = true
            close(open, end: nil, hiEnd: last)
        } else if unknownSinceOther, let last {
            noteUnseen(until: last)
        }
        result.possibleTotalSeconds = Double(possible) / 1e9
        result.undecidedSeconds = Double(undecided) / 1e9
        return result
    }

    /// Folds samples that are already at hand.
    public static func fold(
        _ samples: [Sample], probe: ProbeSpecification, patienceSeconds: Double, kind: OutageClass = .failed, from start: Timestamp? = nil,
        to end: Timestamp? = nil, restarts: [Timestamp] = [], excluded: [ExcludedInterval] = []
    ) -> FoldedProbe {
        var fold = ProbeFold(
            probe: probe.name, periodMilliseconds: probe.periodMilliseconds, patienceSeconds: patienceSeconds, kind: kind,
            start: start, restarts: restarts, excluded: excluded)
        for sample in samples { fold.append(sample) }
        return fold.finish(at: end)
    }

    // MARK: Steps

    /// Adds a sample that tells the end of an outage, or that there was none.
    private mutating func addOther(_ start: Timestamp) {
        if let open {
            close(open, end: start, hiEnd: start)
            self.open = nil
        } else if unknownSinceOther {
            noteUnseen(until: start)
        } else if let lastOther {
            result.longestStepSeconds = max(result.longestStepSeconds, Double(lived(from: lastOther, to: start)) / 1e9)
        }
        lastOther = start
        unknownSinceOther = false
        unknownNanosecondsSinceOther = 0
    }

    private mutating func addFailure(_ sample: Sample, _ start: Timestamp) {
        var open =
            self.open
            ?? OpenOutage(
                outage: Outage(
                    probe: probe, patienceSeconds: result.patienceSeconds, kind: kind, start: start,
                    faultBy: max(start, sample.latestFault(patience: patience)), end: nil, loSeconds: 0,
                    hiSeconds: 0, firstOutcome: sample.outcome, lastFailure: start, failures: 0,
                    touchesUnknown: unknownSinceOther || lastOther == nil),
                hiStart: lastOther ?? windowStart ?? start)
        open.outage.lastFailure = start
        open.outage.failures += 1
        self.open = open
    }

    private mutating func close(_ open: OpenOutage, end: Timestamp?, hiEnd: Timestamp) {
        var outage = open.outage
        // That answers are slow is so from the start of an attempt on; what fails one may come later.
        let from = kind == .failed ? min(outage.faultBy, outage.lastFailure) : outage.start
        let failing = lived(from: from, to: outage.lastFailure) - unknownNanoseconds(from: from, to: outage.lastFailure)
        outage.end = end
        outage.loSeconds = Double(max(0, failing)) / 1e9
        let hi = max(lived(from: open.hiStart, to: hiEnd), failing, 0)
        outage.hiSeconds = Double(hi) / 1e9
        possible += hi
        result.outages.append(outage)
    }

    /// How much of a span was unknown without being excluded, in nanoseconds.
    private func unknownNanoseconds(from start: Timestamp, to end: Timestamp) -> Int64 {
        var sum: Int64 = 0
        for interval in result.unknown.reversed() where !interval.reason.isExcluded {
            guard interval.end > start else { break }
            sum += max(0, min(interval.end, end).nanoseconds(since: max(interval.start, start)))
        }
        return sum
    }

    private mutating func noteUnseen(until end: Timestamp) {
        possible += unknownNanosecondsSinceOther
        let from = lastOther ?? windowStart ?? end
        result.longestUnseenSeconds = max(result.longestUnseenSeconds, Double(lived(from: from, to: end)) / 1e9)
    }

    /// Lets the state of the previous sample last until `time`, or, across a gap, for one period.
    private mutating func extend(to time: Timestamp) {
        guard let previous else { return }
        let watched = max(previous.start, watchedUntil ?? previous.start)
        watchedUntil = nil
        let isGap =
            lived(from: watched, to: time) > ProbeFold.gapPeriods * period || restarts.contains { watched < $0 && $0 <= time }
        let held = isGap ? min(watched.advanced(byNanoseconds: period), time) : time
        var samples = 1
        pass(from: previous.start, to: held) { fold, start, end in
            if previous.isAnswer {
                fold.addSegment(.unknown, from: start, to: end, samples: samples)
                fold.addUnknown(from: start, to: end, reason: previous.reason)
            } else if previous.state == .unknown {
                fold.passUnknown(from: start, to: end, reason: previous.reason, samples: samples)
            } else {
                fold.addSegment(previous.state, from: start, to: end, samples: samples)
            }
            samples = 0
        }
        if isGap {
            pass(from: held, to: time) { $0.passUnknown(from: $1, to: $2, reason: .gap, samples: 0) }
        }
    }

    /// How much of a span is not excluded, in nanoseconds.
    private func lived(from start: Timestamp, to end: Timestamp) -> Int64 {
        end.nanoseconds(since: start) - excluded.nanoseconds(from: start, to: end)
    }

    /// Passes over a span: what is excluded is unknown and counts for nothing, the rest is as the body says.
    private mutating func pass(
        from start: Timestamp, to end: Timestamp, _ body: (inout ProbeFold, _ start: Timestamp, _ end: Timestamp) -> Void
    ) {
        var place = start
        for interval in excluded where interval.start < end && place < interval.end {
            if place < interval.start { body(&self, place, interval.start) }
            place = max(place, interval.start)
            let last = min(interval.end, end)
            addSegment(.unknown, from: place, to: last, samples: 0)
            addUnknown(from: place, to: last, reason: interval.reason)
            place = last
        }
        if place < end || start == end { body(&self, place, end) }
    }

    private mutating func passUnknown(from start: Timestamp, to end: Timestamp, reason: UnknownInterval.Reason, samples: Int) {
        let length = end.nanoseconds(since: start)
        unknownSinceOther = true
        unknownNanosecondsSinceOther += length
        undecided += length
        open?.outage.touchesUnknown = true
        addSegment(.unknown, from: start, to: end, samples: samples)
        addUnknown(from: start, to: end, reason: reason)
    }

    private mutating func addUnknown(from start: Timestamp, to end: Timestamp, reason: UnknownInterval.Reason) {
        if let last = result.unknown.last, last.end == start, last.reason == reason {
            result.unknown[result.unknown.count - 1].end = end
        } else {
            result.unknown.append(UnknownInterval(probe: probe, start: start, end: end, reason: reason))
        }
    }

    private mutating func addSegment(_ state: ProbeState, from start: Timestamp, to end: Timestamp, samples: Int) {
        if let last = result.segments.last, last.state == state, last.end == start {
            result.segments[result.segments.count - 1].end = end
            result.segments[result.segments.count - 1].samples += samples
        } else {
            result.segments.append(ProbeSegment(state: state, start: start, end: end, samples: samples))
        }
    }
}

/// What a client of one patience felt of one probe's target.
public struct FeltByClient: Codable, Hashable, Sendable {
    /// How long the client waits for an answer, in seconds.
    public var patienceSeconds: Double
    /// The outages in which it got no answer.
    public var failed: FoldedProbe
    /// The outages in which it was answered too late.
    public var slow: FoldedProbe
    /// The longest that a right answer took, in seconds; nil without one.
    public var slowestSeconds: Double?
    /// The longest that a right answer took for certain by the target's own doing, without what the host can have added, in seconds.
    public var slowestOwnSeconds: Double?

    /// Folds samples that are already at hand, in order of their start.
    public init(
        _ samples: [Sample], probe: ProbeSpecification, patienceSeconds: Double, from start: Timestamp? = nil,
        to end: Timestamp? = nil, restarts: [Timestamp] = [], excluded: [ExcludedInterval] = []
    ) {
        self.patienceSeconds = patienceSeconds
        func fold(_ kind: OutageClass) -> FoldedProbe {
            ProbeFold.fold(
                samples, probe: probe, patienceSeconds: patienceSeconds, kind: kind, from: start, to: end, restarts: restarts,
                excluded: excluded)
        }
        failed = fold(.failed)
        slow = fold(.slow)
        let answers = samples.filter { $0.outcome == .ok && !excluded.touches($0) }
        slowestSeconds = answers.map(\.latencyNanoseconds).max().map { Double($0) / 1e9 }
        slowestOwnSeconds = answers.map { max(0, $0.latencyNanoseconds - $0.hostNanoseconds) }.max().map { Double($0) / 1e9 }
    }

    /// The outages of a kind.
    public subscript(kind: OutageClass) -> FoldedProbe {
        get {
            switch kind {
            case .failed: failed
            case .slow: slow
            }
        }
        set {
            switch kind {
            case .failed: failed = newValue
            case .slow: slow = newValue
            }
        }
    }

    /// All outages, in order of time.
    public var outages: [Outage] {
        (failed.outages + slow.outages).sorted { ($0.start, $0.kind.rawValue) < ($1.start, $1.kind.rawValue) }
    }
    /// All time from the first sample to the end, without holes or overlaps.
    public var segments: [ProbeSegment] { failed.segments }
    /// The spans in which the recorder cannot tell, in order of time.
    public var unknown: [UnknownInterval] { failed.unknown }
    /// The length of the unknown spans that are not excluded, in seconds.
    public var unknownSeconds: Double { failed.unknownSeconds }
}

extension [FeltByClient] {
    /// What a client of a patience felt; nil where that was not folded.
    public func client(patience: Double) -> FeltByClient? {
        first { $0.patienceSeconds == patience }
    }

    /// The shortest patience, in seconds, at which nothing failed, was slow or is unknown; nil if there is none.
    public var shortestUndisturbedPatience: Double? {
        first { $0.outages.isEmpty && $0.unknownSeconds == 0 && $0.failed.isKnown }?.patienceSeconds
    }
}
