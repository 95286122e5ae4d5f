public import RehearsalModel

/// One course of events through a run that was rewound, from its beginning to its end.
///
/// The journal is never shortened: going back to a checkpoint leaves what came after it behind as a branch of its own, and what comes
/// next goes on from the checkpoint. A run that was never rewound is one branch.
public struct Branch: Sendable, Hashable {
    /// The events of this course alone, in order.
    public var events: [Event]
    /// Time between the events that does not belong to this course, or in which its machines stood still, in order.
    public var excluded: [ExcludedInterval]
    /// Samples that started later belong to another course; nil for the one that the run is on.
    public var end: Timestamp?

    /// All courses of a journal, the one that the run is on last.
    ///
    /// - Parameter journal: All events, in order.
    public static func all(of journal: [Event]) -> [Branch] { RunState(journal: journal).branches }

    /// The course that a run is on.
    public static func taken(of journal: [Event]) -> Branch { RunState(journal: journal).branch }

    init(events: [Event], end: Timestamp?) {
        self.events = events
        self.end = end
        excluded = Self.excluded(in: events)
    }

    private static func excluded(in events: [Event]) -> [ExcludedInterval] {
        var intervals: [ExcludedInterval] = []
        for (index, event) in events.enumerated() {
            if case .settled(let span) = event.payload {
                intervals.append(ExcludedInterval(start: span.start, end: span.end, reason: .settling))
            } else if var still = standstill(in: events, at: index) {
                if still.reason == .rewound {
                    // What came back is watched again from the recorder's next start.
                    let back = events[index...].first { $0.kind == .recorderStarted } ?? events.last ?? event
                    still.end = max(still.start, back.time)
                }
                intervals.append(still)
            }
        }
        return intervals.sorted { $0.start < $1.start }
    }

    /// When the machines' own clocks stood still, because all machines were saved or gone, in order.
    public var standstills: [ExcludedInterval] {
        events.indices.compactMap { Self.standstill(in: events, at: $0) }
    }

    /// How long machines stood still by an event: while they were saved, or between what they came back to and their coming back.
    private static func standstill(in events: [Event], at index: Int) -> ExcludedInterval? {
        switch events[index].payload {
        case .checkpointed(let saving): saving.pause.map { ExcludedInterval(start: $0.start, end: $0.end, reason: .checkpoint) }
        case .rewound where index > 0:
            // What comes back is as it was when it stood still.
            ExcludedInterval(
                start: events[index - 1].savedPause?.end ?? events[index - 1].time, end: events[index].time, reason: .rewound)
        default: nil
        }
    }
}

/// A span that says nothing about the users of a testbed: it did not exist for them.
public struct ExcludedInterval: Sendable, Hashable {
    /// The beginning.
    public var start: Timestamp
    /// The end.
    public var end: Timestamp
    /// Why: one of the reasons that are excluded.
    public var reason: UnknownInterval.Reason

    /// Makes an interval.
    public init(start: Timestamp, end: Timestamp, reason: UnknownInterval.Reason) {
        self.start = start
        self.end = end
        self.reason = reason
    }
}

extension [ExcludedInterval] {
    /// Whether an attempt, from its start to its end, has a part that is excluded.
    public func touches(_ sample: Sample) -> Bool {
        guard !isEmpty else { return false }
        let end = sample.start.advanced(byNanoseconds: Swift.max(0, sample.latencyNanoseconds))
        return contains { sample.start < $0.end && $0.start <= end }
    }

    /// Seconds between two instants, without the time that other branches took.
    public func secondsOfBranch(from start: Timestamp, to end: Timestamp) -> Double {
        Double(end.nanoseconds(since: start) - filter { $0.reason == .rewound }.nanoseconds(from: start, to: end)) / 1e9
    }

    /// How much of a span is excluded, in nanoseconds; intervals do not overlap.
    public func nanoseconds(from start: Timestamp, to end: Timestamp) -> Int64 {
        reduce(0) { sum, interval in
            let (first, last) = (Swift.max(start, interval.start), Swift.min(end, interval.end))
            return first < last ? sum + last.nanoseconds(since: first) : sum
        }
    }
}
