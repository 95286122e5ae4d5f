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

    /// Makes a plan.
    public init(strategy: String, topology: String, seed: UInt64, identifier: String, root: [Step]) {
        self.strategy = strategy
        self.topology = topology
        self.seed = seed
        self.identifier = identifier
        self.root = root
    }

    /// All steps, in the order of their numbers.
    public var steps: [Step] {
        root.flatMap(\.flattened)
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

    /// Whether no step of it touches anything: what a run of it shows is the host and the harness.
    public var changesNothing: Bool {
        !steps.contains { step in
            if case .procedure = step.action { true } else { step.action == .beginStackUpdate }
        }
    }

    /// How long the whole plan will probably take on this host, in seconds.
    public var predictedSeconds: Double {
        root.reduce(0) { $0 + $1.predictedSeconds }
    }
}
