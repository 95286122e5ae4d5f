public import RehearsalModel

/// How much more often a probe asked than its target could answer.
///
/// The recorder holds attempts back when too many wait or are given up (``SampleOutcome/held``); what was answered meanwhile is what
/// the target can bear.
public struct Strain: Hashable, Sendable {
    /// How many attempts were held back.
    public var held: Int
    /// How many right answers came in a second, from the first to the last attempt that was held back; 0 without any.
    public var answersPerSecond: Double

    /// How often the target can be asked, in milliseconds between two attempts, rounded up to tens; nil if it answered nothing.
    public var bearablePeriodMilliseconds: Int? {
        answersPerSecond > 0 ? Int((100 / answersPerSecond).rounded(.up)) * 10 : nil
    }

    /// What samples of one probe, in order of their start, say; nil if nothing was held back.
    public init?(_ samples: [Sample], probe: ProbeSpecification) {
        let held = samples.filter { $0.outcome == .held }
        guard let first = held.first?.start, let last = held.last?.start else { return nil }
        let end = last.advanced(byNanoseconds: Int64(probe.periodMilliseconds) * 1_000_000)
        let answered = samples.count { sample in
            let time = sample.start.advanced(byNanoseconds: sample.latencyNanoseconds)
            return sample.outcome == .ok && first <= time && time < end
        }
        self.held = held.count
        answersPerSecond = Double(answered) / max(0.001, end.seconds(since: first))
    }
}
