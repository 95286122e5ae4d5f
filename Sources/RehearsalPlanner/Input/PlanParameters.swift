public import RehearsalModel

/// What a run chooses for a given topology.
public struct PlanParameters: Hashable, Codable, Sendable {
    /// The update identifier, of letters, digits, `-` and `_`. A machine keeps that of the last update that succeeded on it.
    public let identifier: String
    /// Who starts procedures on machines.
    public let driver: ProcedureDriver
    /// The seed of every random choice.
    public let seed: UInt64
    /// The quiet time that is recorded before and after the update, in seconds each.
    public let baselineSeconds: Double
    /// Regular expressions; a machine whose whole name matches one gets a breakpoint.
    public let breakpoints: [String]
    /// The names of sub-steps that machines leave out.
    public let leftOut: [String]
    /// What is looked for besides what machines say of themselves.
    public let looksFor: [WellKnownCheck]
    /// Which machines join or leave after the update, in order.
    public let scaling: [RoleScaling]
    /// Whether nothing is changed: each procedure is replaced by a quiet time.
    public let isControl: Bool
    /// How many times slower the guests compute than the host, at least 1.
    public let slowness: Double
    /// How long steps take and may take.
    public let costs: StepCosts

    /// Makes parameters.
    public init(
        identifier: String, driver: ProcedureDriver = .agent, seed: UInt64 = 1, baselineSeconds: Double = 20,
        breakpoints: [String] = [".*"], leftOut: [String] = [], looksFor: [WellKnownCheck] = WellKnownCheck.allCases,
        scaling: [RoleScaling] = [], isControl: Bool = false, slowness: Double = 1, costs: StepCosts = .measured
    ) {
        self.identifier = identifier
        self.driver = driver
        self.seed = seed
        self.baselineSeconds = baselineSeconds
        self.breakpoints = breakpoints
        self.leftOut = leftOut
        self.looksFor = looksFor
        self.scaling = scaling
        self.isControl = isControl
        self.slowness = max(1, slowness)
        self.costs = costs
    }
}
