/// A budget: how long a client with a given patience may be without answers, and how slow answers may be.
public struct Expectation: Hashable, Codable, Sendable {
    /// The probes that the budget is for.
    public let probe: Glob
    /// How long the client waits for an answer, in seconds.
    public let patienceSeconds: Double
    /// The longest single failed outage that is allowed, in seconds; nil for no limit. Answers that are only slow do not count.
    public let longestOutageSeconds: Double?
    /// The longest sum of all failed outages that is allowed, in seconds; nil for no limit.
    public let totalOutageSeconds: Double?
    /// The longest that a right answer may take, in seconds; nil for no limit.
    public let slowestSeconds: Double?

    /// Makes a budget.
    public init(
        probe: Glob, patienceSeconds: Double, longestOutageSeconds: Double? = nil, totalOutageSeconds: Double? = nil,
        slowestSeconds: Double? = nil
    ) {
        self.probe = probe
        self.patienceSeconds = patienceSeconds
        self.longestOutageSeconds = longestOutageSeconds
        self.totalOutageSeconds = totalOutageSeconds
        self.slowestSeconds = slowestSeconds
    }

    private enum CodingKeys: String, CodingKey {
        case probe
        case patienceSeconds = "patience_s"
        case longestOutageSeconds = "longest_outage_s"
        case totalOutageSeconds = "total_outage_s"
        case slowestSeconds = "slowest_s"
    }
}
