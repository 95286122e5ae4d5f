/// A budget: how long a client of some patience may go without answers.
public struct Expectation: Hashable, Codable, Sendable {
    /// The probes it is about.
    public let probe: Glob
    /// How long the client waits for an answer, in seconds.
    public let patienceSeconds: Double
    /// The longest single outage allowed, in seconds.
    public let longestOutageSeconds: Double?
    /// The sum of all outages allowed, in seconds.
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
}
