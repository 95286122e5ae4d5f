/// An update of a topology to rehearse, and the outages that users of the topology may see at most.
public struct Scenario: Hashable, Codable, Sendable {
    /// The name ("minor-update"), with the way in which the scenario is run, if it has several ("subtle:caught").
    public let name: String
    /// The name of a topology, or the path of its file.
    public let topology: String
    /// The name of the strategy.
    public let strategy: String
    /// Who starts procedures on machines.
    public let driver: ProcedureDriver
    /// The seed of every random choice.
    public let seed: UInt64
    /// Where the candidate packages come from.
    public let candidate: Candidate
    /// The quiet time that is recorded before and after the update, in seconds each.
    public let baselineSeconds: Double
    /// Regular expressions; a machine whose whole name matches one gets a breakpoint.
    public let breakpoints: [String]
    /// The budgets. A budget that is exceeded fails the run.
    public let expectations: [Expectation]
    /// What is broken meanwhile, and when.
    public let faults: [Fault]
    /// What is looked for on every machine, before and after.
    public let checks: [MachineCheck]
    /// The names of sub-steps that machines leave out.
    public let leftOut: [String]
    /// What is looked for besides.
    public let looksFor: [WellKnownCheck]
    /// Which machines join or leave after the update, in order.
    public let scaling: [RoleScaling]

    /// Makes a scenario.
    public init(
        name: String, topology: String, strategy: String, driver: ProcedureDriver = .agent, seed: UInt64 = 1,
        candidate: Candidate = .securityUpdates, baselineSeconds: Double = 20, breakpoints: [String] = [".*"],
        expectations: [Expectation] = [], faults: [Fault] = [],
        checks: [MachineCheck] = [], leftOut: [String] = [], looksFor: [WellKnownCheck] = WellKnownCheck.allCases,
        scaling: [RoleScaling] = []
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
        self.faults = faults
        self.checks = checks
        self.leftOut = leftOut
        self.looksFor = looksFor
        self.scaling = scaling
    }
}
