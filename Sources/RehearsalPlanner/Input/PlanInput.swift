public import RehearsalModel

/// Everything a strategy may look at.
public struct PlanInput: Hashable, Sendable {
    /// What is updated.
    public let topology: Topology
    /// The services of the topology.
    public let services: [Service]
    /// What would be updated on each machine, by its name.
    public let delta: [String: [PackageChange]]
    /// The procedures there are.
    public let procedures: [ProcedureSummary]
    /// What the run chooses.
    public let parameters: PlanParameters

    /// Makes an input.
    public init(
        topology: Topology, services: [Service], delta: [String: [PackageChange]],
        procedures: [ProcedureSummary], parameters: PlanParameters
    ) {
        self.topology = topology
        self.services = services
        self.delta = delta
        self.procedures = procedures
        self.parameters = parameters
    }
}
