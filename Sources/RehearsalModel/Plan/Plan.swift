/// Everything that a run will do, decided before anything is touched.
public struct Plan: Hashable, Codable, Sendable {
    /// The name of the strategy that made it.
    public let strategy: String
    /// The name of the topology it is for.
    public let topology: String
    /// The seed of every random choice.
    public let seed: UInt64
    /// The update identifier. A machine keeps that of the last update that succeeded on it.
    public let identifier: String
    /// The steps at the root, which run one after the other.
    public let root: [Step]
    /// The faults, which happen beside the steps; each is a step of the kind `fault`, numbered `F1`, `F2` and so on.
    public let faults: [Step]
    /// The names of sub-steps that machines leave out; no step of the plan has them.
    public let leftOut: [String]
    /// What is looked for besides what machines say of themselves.
    public let looksFor: [WellKnownCheck]

    /// Makes a plan.
    public init(
        strategy: String, topology: String, seed: UInt64, identifier: String, root: [Step], faults: [Step] = [], leftOut: [String] = [],
        looksFor: [WellKnownCheck] = WellKnownCheck.allCases
    ) {
        self.strategy = strategy
        self.topology = topology
        self.seed = seed
        self.identifier = identifier
        self.root = root
        self.faults = faults
        self.leftOut = leftOut
        self.looksFor = looksFor
    }

    /// All steps, in the order of their numbers; the faults come last.
    public var steps: [Step] {
        root.flatMap(\.flattened) + faults
    }

    /// The step of that identifier.
    public func step(_ id: StepID) -> Step? {
        steps.first { $0.id == id }
    }

    /// The machines that have a breakpoint, in the plan's order.
    public var machinesWithBreakpoint: [String] { steps.filter { $0.action == .breakpoint }.compactMap(\.machine) }

    /// The steps that belong to the update of a machine: those of the group that holds its breakpoint.
    public func steps(of machine: String) -> [Step] {
        steps.first { $0.children.contains { $0.action == .breakpoint && $0.machine == machine } }?.children ?? []
    }

    /// Whether Heat starts any of it.
    public var usesHeat: Bool { steps.contains { $0.action == .beginStackUpdate } }

    /// Whether Heat may make another server, port or network of one that is there.
    public var mayReplace: Bool { !looksFor.contains(.nothingReplaced) }

    /// Whether no step of it touches anything: what a run of it shows is the host and the harness.
    public var changesNothing: Bool {
        !steps.contains { step in
            switch step.action {
            case .procedure, .beginStackUpdate, .fault: true
            default: false
            }
        }
    }

    /// The faults that wait for one side of a step.
    public func faults(_ edge: FaultEdge, _ step: StepID) -> [Step] { faults.filter { $0.fault?.edge == edge && $0.fault?.step == step } }

    /// How long the whole plan will probably take on this host, in seconds.
    public var predictedSeconds: Double {
        root.reduce(0) { $0 + $1.predictedSeconds }
    }
}

extension Plan {
    private enum CodingKeys: String, CodingKey {
        case strategy, topology, seed, identifier, root, faults, leftOut, looksFor
    }

    /// Decodes a plan; one that was stored before there were faults has none, leaves nothing out, and looks for nothing more.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            strategy: try container.decode(String.self, forKey: .strategy), topology: try container.decode(String.self, forKey: .topology),
            seed: try container.decode(UInt64.self, forKey: .seed), identifier: try container.decode(String.self, forKey: .identifier),
            root: try container.decode([Step].self, forKey: .root),
            faults: try container.decodeIfPresent([Step].self, forKey: .faults) ?? [],
            leftOut: try container.decodeIfPresent([String].self, forKey: .leftOut) ?? [],
            looksFor: try container.decodeIfPresent([WellKnownCheck].self, forKey: .looksFor) ?? [])
    }

    /// Encodes the plan, without the faults and what is left out where there are none.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(strategy, forKey: .strategy)
        try container.encode(topology, forKey: .topology)
        try container.encode(seed, forKey: .seed)
        try container.encode(identifier, forKey: .identifier)
        try container.encode(root, forKey: .root)
        if !faults.isEmpty { try container.encode(faults, forKey: .faults) }
        if !leftOut.isEmpty { try container.encode(leftOut, forKey: .leftOut) }
        try container.encode(looksFor, forKey: .looksFor)
    }
}
