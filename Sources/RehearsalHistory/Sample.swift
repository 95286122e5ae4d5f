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
}

/// One answer, or the lack of one, to one attempt of a probe.
public struct Sample: Codable, Hashable, Sendable {
    /// The name of the probe.
    public var probe: String
    /// When the attempt started; the sample belongs to this instant.
    public var start: Timestamp
    /// How long the attempt took, in nanoseconds.
    public var latencyNanoseconds: Int64
    /// How the attempt ended.
    public var outcome: SampleOutcome
    /// Further facts, such as which machine answered, an HTTP status or a MAC address.
    public var detail: String?

    /// Makes a sample.
    public init(
        probe: String, start: Timestamp, latencyNanoseconds: Int64, outcome: SampleOutcome, detail: String? = nil
    ) {
        self.probe = probe
        self.start = start
        self.latencyNanoseconds = latencyNanoseconds
        self.outcome = outcome
        self.detail = detail
    }
}
