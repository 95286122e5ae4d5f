public import RehearsalModel

/// How a target can fail a client.
public enum OutageClass: String, Codable, Sendable, CaseIterable {
    /// Refused, reset, unreachable, silent, answered wrongly, or no connection within the patience.
    case failed
    /// Connected and answered, too late.
    case slow

    /// The state of samples that make such an outage.
    var state: ProbeState {
        switch self {
        case .failed: .failed
        case .slow: .slow
        }
    }
}

/// A span in which a probe's target failed a client of some patience, all of it in the same way.
///
/// Its true length lies between `loSeconds` and `hiSeconds`: it held at least from the first failing start to the last one,
/// and at most from the last good start before to the first good start after.
public struct Outage: Codable, Hashable, Sendable {
    /// The name of the probe.
    public var probe: String
    /// How long the client waits for an answer, in seconds.
    public var patienceSeconds: Double
    /// How it failed.
    public var kind: OutageClass
    /// When the first failing attempt started.
    public var start: Timestamp
    /// Until when what made the first failing attempt fail must have happened; see ``Sample/latestFault(patience:)``.
    public var faultBy: Timestamp
    /// When the first attempt afterwards started that did not fail in this way; nil when none was seen (the run ended, or unknown time followed).
    public var end: Timestamp?
    /// The least length that the samples allow, in seconds.
    public var loSeconds: Double
    /// The greatest length that the samples allow, in seconds, as far as the recorder knows.
    public var hiSeconds: Double
    /// The identifiers of the steps that touched anything while it lasted, the deepest ones, the cause first; empty until attributed.
    public var steps: [StepID]
    /// The step that is its first cause; nil if no step touched anything when it began.
    public var cause: StepID?
    /// The machine of the step that is the first cause; without a step, of the loss that explains most.
    public var machine: String?
    /// The loss that explains most; nil until attributed, and without facts.
    public var loss: Fact?
    /// What explains it: what was lost on its way, in order of time, and what came back; empty until attributed, and without facts.
    public var evidence: [Fact]
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
        probe: String, patienceSeconds: Double, kind: OutageClass = .failed, start: Timestamp, faultBy: Timestamp? = nil, end: Timestamp?,
        loSeconds: Double,
        hiSeconds: Double, steps: [StepID] = [], cause: StepID? = nil, machine: String? = nil,
        loss: Fact? = nil, evidence: [Fact] = [], firstOutcome: SampleOutcome,
        lastFailure: Timestamp, failures: Int, touchesUnknown: Bool = false
    ) {
        self.probe = probe
        self.patienceSeconds = patienceSeconds
        self.kind = kind
        self.start = start
        self.faultBy = faultBy ?? start
        self.end = end
        self.loSeconds = loSeconds
        self.hiSeconds = hiSeconds
        self.steps = steps
        self.cause = cause
        self.machine = machine
        self.loss = loss
        self.evidence = evidence
        self.firstOutcome = firstOutcome
        self.lastFailure = lastFailure
        self.failures = failures
        self.touchesUnknown = touchesUnknown
    }
}

/// A span in which the recorder cannot tell whether a probe's target was up or down.
public struct UnknownInterval: Codable, Hashable, Sendable {
    /// Why the recorder cannot tell.
    public enum Reason: String, Codable, Sendable, CaseIterable {
        /// The recorder was starved.
        case late
        /// The host kept machines waiting for so long that an answer could not come in time.
        case host
        /// There are no samples.
        case gap
        /// All machines stood still while they were saved.
        case checkpoint
        /// They ran again after that, and the probes had not come to answer as before.
        case settling
        /// It belongs to a branch that the run left.
        case rewound

        /// Whether the time did not exist for users, so that it does not count towards any length.
        public var isExcluded: Bool {
            switch self {
            case .late, .host, .gap: false
            case .checkpoint, .settling, .rewound: true
            }
        }
    }

    /// The name of the probe.
    public var probe: String
    /// The beginning of the span.
    public var start: Timestamp
    /// The end of the span.
    public var end: Timestamp
    /// Why it is unknown.
    public var reason: Reason

    /// Makes an unknown interval.
    public init(probe: String, start: Timestamp, end: Timestamp, reason: Reason) {
        self.probe = probe
        self.start = start
        self.end = end
        self.reason = reason
    }

    /// The length in seconds.
    public var seconds: Double { end.seconds(since: start) }
}
