public import RehearsalModel

/// The state of a probe's target as one client saw it.
public enum ProbeState: String, Codable, Sendable {
    /// Answered well within the client's patience.
    case up
    /// Failed, or slower than the client's patience.
    case down
    /// The recorder cannot tell.
    case unknown
}

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
}

/// What a client of one patience felt of one probe's target.
public struct FoldedProbe: Codable, Hashable, Sendable {
    /// The name of the probe.
    public var probe: String
    /// How long the client waits for an answer, in seconds.
    public var patienceSeconds: Double
    /// The outages, in order of time, not yet attributed to steps.
    public var outages: [Outage]
    /// The spans in which the recorder cannot tell, in order of time.
    public var unknown: [UnknownInterval]
    /// All time from the first sample to the end, without holes or overlaps.
    public var segments: [ProbeSegment]
    /// The greatest distance between two neighbouring good samples with unknown time between them, in seconds;
    /// whatever failed there unseen is not longer than this.
    public var longestUnseenSeconds: Double
    /// How many samples were good.
    public var up: Int
    /// How many samples failed this client.
    public var down: Int
    /// How many samples the recorder could not vouch for.
    public var late: Int

    /// The least time that the target was down, in seconds.
    public var totalLoSeconds: Double { outages.reduce(0) { $0 + $1.loSeconds } }
    /// The greatest time that the target was down in the outages that were seen, in seconds.
    public var totalHiSeconds: Double { outages.reduce(0) { $0 + $1.hiSeconds } }
    /// The length of the unknown spans in which the target may have been down, in seconds: those that are not excluded.
    public var unknownSeconds: Double {
        unknown.reduce(0) { $0 + (ExcludedInterval.Reason(rawValue: $1.reason) == nil ? $1.seconds : 0) }
    }
    /// The greatest time that the target may have been down, unknown time outside the outages counted as down, in seconds.
    public var possibleTotalSeconds: Double
}

/// Folds the samples of one probe, in order of their start, into outages for a client of one patience.
///
/// A sample is good when its outcome is `ok` and its latency is not longer than the patience, and it stands for the time it started.
/// An outage is the stretch between two neighbouring good samples that holds at least one failing one:
/// - `lo` is the time from the first failing start to the last one, without the unknown time between them;
/// - `hi` is the time from the good start before to the good start after.
///
/// Samples that are `late`, and gaps of more than three periods without a sample, are unknown: never up, never down, never in `lo`.
///
/// Time that is excluded (all machines stood still, or another branch) is shown as unknown and is in no length: a sample that touches
/// it is left out, and an outage that lasts across it goes on behind it.
public struct ProbeFold: Sendable {
    /// How many periods without a sample make a gap.
    public static let gapPeriods: Int64 = 3

    private let probe: String
    private let period: Int64
    private let patience: Int64
    private let excluded: [ExcludedInterval]
    private var previous: (start: Timestamp, state: ProbeState)?
    private var windowStart: Timestamp?
    private var lastGood: Timestamp?
    private var unknownSinceGood = false
    private var unknownNanosecondsSinceGood: Int64 = 0
    private var open: OpenOutage?
    private var possible: Int64 = 0
    private var result: FoldedProbe

    private struct OpenOutage {
        var outage: Outage
        var hiStart: Timestamp
        var unknownBeforeLastFailure: Int64 = 0
        var unknownAfterLastFailure: Int64 = 0
    }

    /// Starts a fold.
    ///
    /// - Parameters:
    ///   - probe: The name of the probe.
    ///   - periodMilliseconds: The time from one attempt to the next.
    ///   - patienceSeconds: How long the client waits for an answer.
    ///   - start: When the recorder began; time before the first sample that is longer than a gap is unknown.
    ///   - excluded: What is left out, in order, without overlaps.
    public init(
        probe: String, periodMilliseconds: Int, patienceSeconds: Double, start: Timestamp? = nil, excluded: [ExcludedInterval] = []
    ) {
        self.probe = probe
        self.period = max(1, Int64(periodMilliseconds)) * 1_000_000
        self.patience = Int64(min(max(0, patienceSeconds), 9e9) * 1e9)
        self.windowStart = start
        self.excluded = excluded
        self.result = FoldedProbe(
            probe: probe, patienceSeconds: patienceSeconds, outages: [], unknown: [], segments: [],
            longestUnseenSeconds: 0, up: 0, down: 0, late: 0, possibleTotalSeconds: 0)
    }

    /// Adds the next sample; one that starts before its predecessor is taken to start with it.
    public mutating func append(_ sample: Sample) {
        let answer = sample.start.advanced(byNanoseconds: max(0, sample.latencyNanoseconds))
        guard !excluded.contains(where: { sample.start < $0.end && $0.start <= answer }) else { return }
        let state: ProbeState =
            switch sample.outcome {
            case .late: .unknown
            case .ok where sample.latencyNanoseconds <= patience: .up
            default: .down
            }
        var start = sample.start
        if let previous {
            start = max(start, previous.start)
            extend(to: start)
        } else if let windowStart {
            if lived(from: windowStart, to: start) > ProbeFold.gapPeriods * period {
                pass(from: windowStart, to: start) { $0.passUnknown(from: $1, to: $2, reason: "gap", samples: 0) }
            }
        }
        if windowStart == nil { windowStart = start }
        switch state {
        case .up: addGood(start)
        case .down: addFailure(start, outcome: sample.outcome)
        case .unknown: result.late += 1
        }
        previous = (start, state)
    }

    /// Ends the fold.
    ///
    /// - Parameter end: When the recorder stopped; nil takes the last sample to stand for one period.
    public consuming func finish(at end: Timestamp? = nil) -> FoldedProbe {
        if let previous {
            extend(to: max(end ?? previous.start.advanced(byNanoseconds: period), previous.start))
        } else if let windowStart, let end, windowStart < end {
            pass(from: windowStart, to: end) { $0.passUnknown(from: $1, to: $2, reason: "gap", samples: 0) }
        }
        let last = result.segments.last?.end ?? windowStart
        if var open, let last {
            open.outage.touchesUnknown = true
            close(open, end: nil, hiEnd: last)
        } else if unknownSinceGood, let last {
            noteUnseen(until: last)
        }
        result.possibleTotalSeconds = Double(possible) / 1e9
        return result
    }

    /// Folds samples that are already at hand.
    public static func fold(
        _ samples: [Sample], probe: ProbeSpecification, patienceSeconds: Double, from start: Timestamp? = nil,
        to end: Timestamp? = nil, excluded: [ExcludedInterval] = []
    ) -> FoldedProbe {
        var fold = ProbeFold(
            probe: probe.name, periodMilliseconds: probe.periodMilliseconds, patienceSeconds: patienceSeconds,
            start: start, excluded: excluded)
        for sample in samples { fold.append(sample) }
        return fold.finish(at: end)
    }

    // MARK: - Steps

    private mutating func addGood(_ start: Timestamp) {
        result.up += 1
        if let open {
            close(open, end: start, hiEnd: start)
            self.open = nil
        } else if unknownSinceGood {
            noteUnseen(until: start)
        }
        lastGood = start
        unknownSinceGood = false
        unknownNanosecondsSinceGood = 0
    }

    private mutating func addFailure(_ start: Timestamp, outcome: SampleOutcome) {
        result.down += 1
        var open =
            self.open
            ?? OpenOutage(
                outage: Outage(
                    probe: probe, patienceSeconds: result.patienceSeconds, start: start, end: nil, loSeconds: 0,
                    hiSeconds: 0, firstOutcome: outcome, lastFailure: start, failures: 0,
                    touchesUnknown: unknownSinceGood || lastGood == nil),
                hiStart: lastGood ?? windowStart ?? start)
        open.outage.lastFailure = start
        open.outage.failures += 1
        open.unknownBeforeLastFailure += open.unknownAfterLastFailure
        open.unknownAfterLastFailure = 0
        self.open = open
    }

    private mutating func close(_ open: OpenOutage, end: Timestamp?, hiEnd: Timestamp) {
        var outage = open.outage
        let failing = lived(from: outage.start, to: outage.lastFailure) - open.unknownBeforeLastFailure
        outage.end = end
        outage.loSeconds = Double(max(0, failing)) / 1e9
        let hi = max(lived(from: open.hiStart, to: hiEnd), failing, 0)
        outage.hiSeconds = Double(hi) / 1e9
        possible += hi
        result.outages.append(outage)
    }

    private mutating func noteUnseen(until end: Timestamp) {
        possible += unknownNanosecondsSinceGood
        let from = lastGood ?? windowStart ?? end
        result.longestUnseenSeconds = max(result.longestUnseenSeconds, Double(lived(from: from, to: end)) / 1e9)
    }

    /// Lets the state of the previous sample last until `time`, or, across a gap, for one period.
    private mutating func extend(to time: Timestamp) {
        guard let previous else { return }
        let isGap = lived(from: previous.start, to: time) > ProbeFold.gapPeriods * period
        let held = isGap ? min(previous.start.advanced(byNanoseconds: period), time) : time
        var samples = 1
        pass(from: previous.start, to: held) { fold, start, end in
            if previous.state == .unknown {
                fold.passUnknown(from: start, to: end, reason: "late", samples: samples)
            } else {
                fold.addSegment(previous.state, from: start, to: end, samples: samples)
            }
            samples = 0
        }
        if isGap {
            pass(from: held, to: time) { $0.passUnknown(from: $1, to: $2, reason: "gap", samples: 0) }
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
            addUnknown(from: place, to: last, reason: interval.reason.rawValue)
            place = last
        }
        if place < end || start == end { body(&self, place, end) }
    }

    private mutating func passUnknown(from start: Timestamp, to end: Timestamp, reason: String, samples: Int) {
        let length = end.nanoseconds(since: start)
        unknownSinceGood = true
        unknownNanosecondsSinceGood += length
        open?.outage.touchesUnknown = true
        open?.unknownAfterLastFailure += length
        addSegment(.unknown, from: start, to: end, samples: samples)
        addUnknown(from: start, to: end, reason: reason)
    }

    private mutating func addUnknown(from start: Timestamp, to end: Timestamp, reason: String) {
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
