/// What is rehearsed: an update of a topology, and what its users may feel of it at most.
public struct Scenario: Hashable, Codable, Sendable {
    /// The name ("minor-update").
    public let name: String
    /// The name of a topology, or the path of its file.
    public let topology: String
    /// The name of the strategy.
    public let strategy: String
    /// Who starts what a machine does to itself.
    public let driver: ProcedureDriver
    /// What decides everything that is left to chance.
    public let seed: UInt64
    /// Where the packages to update to come from.
    public let candidate: Candidate
    /// The quiet time recorded before and after, in seconds.
    public let baselineSeconds: Double
    /// Regular expressions; a machine whose whole name matches one gets a breakpoint.
    public let breakpoints: [String]
    /// The budgets; one that is exceeded fails the run.
    public let expectations: [Expectation]

    /// Makes a scenario.
    public init(
        name: String, topology: String, strategy: String, driver: ProcedureDriver = .agent, seed: UInt64 = 1,
        candidate: Candidate = .securityUpdates, baselineSeconds: Double = 20, breakpoints: [String] = [".*"],
        expectations: [Expectation] = []
    ) {
        self.name = name
        self.topology = topology
        self.strategy = strategy
        self.driver = driver
        self.seed = seed
        self.candidate = candidate
        self.baselineSeconds = baselineSeconds
        self.breakpoints = breakpoints
        self.expectations = expectations
    }
}
