public import RehearsalModel

/// A span in which a probe's target failed a client of some patience.
///
/// Its true length lies between `loSeconds` and `hiSeconds`: it held at least from the first failing start to the last one,
/// and at most from the last good start before to the first good start after.
public struct Outage: Codable, Hashable, Sendable {
    /// The name of the probe.
    public var probe: String
    /// How long the client waits for an answer, in seconds.
    public var patienceSeconds: Double
    /// When the first failing attempt started.
    public var start: Timestamp
    /// When the first good attempt afterwards started; nil when none was seen (the run ended, or unknown time followed).
    public var end: Timestamp?
    /// The least length that the samples allow, in seconds.
    public var loSeconds: Double
    /// The greatest length that the samples allow, in seconds, as far as the recorder knows.
    public var hiSeconds: Double
    /// The identifiers of the steps in flight, the deepest ones, first cause first; empty until attributed.
    public var steps: [StepID]
    /// The machine of the step that is the first cause.
    public var machine: String?
    /// How the first failing attempt ended; `ok` when it was answered, but slower than the patience.
    public var firstOutcome: SampleOutcome
    /// The start of the last failing attempt.
    public var lastFailure: Timestamp
    /// How many attempts failed.
    public var failures: Int
    /// Whether unknown time borders on the outage or no good attempt was seen on one of its sides.
    public var touchesUnknown: Bool

    /// Makes an outage.
    public init(
        probe: String, patienceSeconds: Double, start: Timestamp, end: Timestamp?, loSeconds: Double,
        hiSeconds: Double, steps: [StepID] = [], machine: String? = nil, firstOutcome: SampleOutcome,
        lastFailure: Timestamp, failures: Int, touchesUnknown: Bool = false
    ) {
        self.probe = probe
        self.patienceSeconds = patienceSeconds
        self.start = start
        self.end = end
        self.loSeconds = loSeconds
        self.hiSeconds = hiSeconds
        self.steps = steps
        self.machine = machine
        self.firstOutcome = firstOutcome
        self.lastFailure = lastFailure
        self.failures = failures
        self.touchesUnknown = touchesUnknown
    }
}

/// A span in which the recorder cannot tell whether a probe's target was up or down.
public struct UnknownInterval: Codable, Hashable, Sendable {
    /// The name of the probe.
    public var probe: String
    /// The beginning of the span.
    public var start: Timestamp
    /// The end of the span.
    public var end: Timestamp
    /// Why it is unknown: `late` (the recorder was starved), `gap` (no samples), or an ``ExcludedInterval/Reason``.
    public var reason: String

    /// Makes an unknown interval.
    public init(probe: String, start: Timestamp, end: Timestamp, reason: String) {
        self.probe = probe
        self.start = start
        self.end = end
        self.reason = reason
    }

    /// The length in seconds.
    public var seconds: Double { end.seconds(since: start) }
}
