/// A budget: how long a client with a given patience may be without answers.
public struct Expectation: Hashable, Codable, Sendable {
    /// The probes that the budget is for.
    public let probe: Glob
    /// How long the client waits for an answer, in seconds.
    public let patienceSeconds: Double
    /// The longest single outage that is allowed, in seconds; nil for no limit.
    public let longestOutageSeconds: Double?
    /// The longest sum of all outages that is allowed, in seconds; nil for no limit.
    public let totalOutageSeconds: Double?

    /// Makes a budget.
    public init(
        probe: Glob, patienceSeconds: Double, longestOutageSeconds: Double? = nil, totalOutageSeconds: Double? = nil
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
