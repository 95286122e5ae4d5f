public import RehearsalModel

/// How one attempt of a probe ended.
public enum SampleOutcome: String, Codable, Sendable, CaseIterable {
    /// Answered, and right.
    case ok
    /// The connection was refused.
    case refused
    /// No answer within the longest patience.
    case timeout
    /// The connection was reset or closed before the answer.
    case reset
    /// The network said that the target cannot be reached.
    case unreachable
    /// Answered, but the answer is wrong.
    case wrong
    /// Any other failure of the target.
    case error
    /// The recorder itself was starved: the attempt says nothing about the target.
    case late
    /// Not made, because too many attempts before it still waited for an answer: the recorder must not drown what it measures.
    case held
}

/// One answer, or the lack of one, to one attempt of a probe.
public struct Sample: Codable, Hashable, Sendable {
    /// The name of the probe.
    public var probe: String
    /// When the attempt started; the sample belongs to this instant.
    public var start: Timestamp
    /// How long the attempt took, in nanoseconds.
    public var latencyNanoseconds: Int64
    /// Nanoseconds from the start until the connection was there: 0 for one that was kept, nil if it never was or the kind has none.
    public var connectedNanoseconds: Int64?
    /// Nanoseconds from the start until the first byte of the answer; nil if none came or the kind does not tell.
    public var firstByteNanoseconds: Int64?
    /// How much of the latency can be the host's doing, in nanoseconds; not recorded with the sample, but found by ``HostLoad``.
    public var hostNanoseconds: Int64 = 0
    /// Whether it had no answer while the host hardly let a machine run that wanted to; not recorded, but found by ``HostLoad``.
    public var isSilencedByHost = false
    /// How the attempt ended.
    public var outcome: SampleOutcome
    /// Further facts, such as which machine answered, an HTTP status or a MAC address.
    public var detail: String?

    /// Makes a sample.
    public init(
        probe: String, start: Timestamp, latencyNanoseconds: Int64, connectedNanoseconds: Int64? = nil,
        firstByteNanoseconds: Int64? = nil, outcome: SampleOutcome, detail: String? = nil
    ) {
        self.probe = probe
        self.start = start
        self.latencyNanoseconds = latencyNanoseconds
        self.connectedNanoseconds = connectedNanoseconds
        self.firstByteNanoseconds = firstByteNanoseconds
        self.outcome = outcome
        self.detail = detail
    }
}

/// What one sample says of its probe's target, for a client of some patience.
public enum ProbeState: String, Codable, Sendable, CaseIterable {
    /// Answered well within the client's patience.
    case up
    /// Answered well, and a connection was there within the patience, but the answer came too late.
    case slow
    /// Not answered, answered wrongly, or no connection within the patience.
    case failed
    /// The recorder cannot tell.
    case unknown
}

extension Sample {
    /// What the sample says for a client that waits so long, in nanoseconds.
    ///
    /// A connection that comes too late counts as none: the packet that asks for it was lost, or nobody was there to take it.
    /// Where the kind of the probe does not tell when it was connected, a right answer that is late is slow. An answer that would have
    /// come in time had the host not kept machines waiting says nothing. Neither does silence while the host starved a machine: a packet that
    /// nobody took off its queue in time is no fault of the target.
    public func state(patience: Int64) -> ProbeState {
        switch outcome {
        case .late, .held: .unknown
        case .ok where latencyNanoseconds <= patience: .up
        case .ok where latencyNanoseconds - hostNanoseconds <= patience: .unknown
        case .ok: (connectedNanoseconds ?? 0) > patience ? .failed : .slow
        case .timeout where isSilencedByHost: .unknown
        case .refused, .timeout, .reset, .unreachable, .wrong, .error: .failed
        }
    }

    /// Whether the target answered rightly, in time or not, on a connection that was there within a patience in nanoseconds.
    ///
    /// It did not fail then, whoever made the answer late.
    public func isAnswer(patience: Int64) -> Bool { outcome == .ok && (connectedNanoseconds ?? 0) <= patience }

    /// Until when what made the attempt fail, or its answer late, must have happened, for a client that waits so long in nanoseconds.
    ///
    /// An attempt that never had a connection fails by what is so at its start: the packet that asks for one, or the echo, is lost. Any
    /// other may fail by what happens while it waits, until the answer comes or the client has lost its patience; one that broke later than
    /// that counts as failed because it broke, which happened before its end.
    public func latestFault(patience: Int64) -> Timestamp {
        let isLost = outcome == .timeout && connectedNanoseconds == nil || (connectedNanoseconds ?? 0) > patience
        let whole = max(0, latencyNanoseconds)
        let broke = outcome != .ok && outcome != .timeout
        return isLost ? start : start.advanced(byNanoseconds: broke ? whole : min(whole, patience))
    }
}
