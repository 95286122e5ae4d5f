public import RehearsalModel

/// What a run chooses beside its topology.
public struct PlanParameters: Hashable, Codable, Sendable {
    /// What machines remember as the last update that succeeded: letters, digits, `-` and `_`.
    public let identifier: String
    /// Who starts what a machine does to itself.
    public let driver: ProcedureDriver
    /// What decides everything that is left to chance.
    public let seed: UInt64
    /// The quiet time recorded before and after, in seconds.
    public let baselineSeconds: Double
    /// Regular expressions; a machine whose whole name matches one gets a breakpoint.
    public let breakpoints: [String]
    /// How many times slower than native the guests compute, at least 1.
    public let slowness: Double
    /// What steps cost.
    public let costs: StepCosts

    /// Makes parameters.
    public init(
        identifier: String, driver: ProcedureDriver = .agent, seed: UInt64 = 1, baselineSeconds: Double = 20,
        breakpoints: [String] = [".*"],
        slowness: Double = 1, costs: StepCosts = .measured
    ) {
        self.identifier = identifier
        self.driver = driver
        self.seed = seed
        self.baselineSeconds = baselineSeconds
        self.breakpoints = breakpoints
        self.slowness = max(1, slowness)
        self.costs = costs
    }
}
