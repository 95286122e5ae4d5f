public import RehearsalHistory

/// What a scenario allows the users of a probe's target to feel.
public struct OutageBudget: Codable, Hashable, Sendable {
    /// The name of the probe, or a pattern in which `*` stands for any text.
    public var probe: String
    /// How long the client waits for an answer, in seconds.
    public var patienceSeconds: Double
    /// The longest single outage allowed, in seconds; nil allows any.
    public var longestOutageSeconds: Double?
    /// The most time in outages allowed, in seconds; nil allows any.
    public var totalOutageSeconds: Double?

    /// Makes an expectation.
    public init(
        probe: String, patienceSeconds: Double, longestOutageSeconds: Double? = nil,
        totalOutageSeconds: Double? = nil
    ) {
        self.probe = probe
        self.patienceSeconds = patienceSeconds
        self.longestOutageSeconds = longestOutageSeconds
        self.totalOutageSeconds = totalOutageSeconds
    }

    private enum CodingKeys: String, CodingKey {
        case probe
        case patienceSeconds = "patience_s"
        case longestOutageSeconds = "longest_outage_s"
        case totalOutageSeconds = "total_outage_s"
    }
}

/// One judged check.
public struct CheckResult: Codable, Hashable, Sendable {
    /// What was checked; the same in every run of a scenario.
    public var name: String
    /// The part of the run it belongs to: `outages`, `steps` or another word from the journal.
    public var group: String
    /// The judgement.
    public var verdict: Verdict
    /// Why, in one line.
    public var message: String

    /// Makes a result.
    public init(name: String, group: String, verdict: Verdict, message: String) {
        self.name = name
        self.group = group
        self.verdict = verdict
        self.message = message
    }
}
