public import RehearsalModel

/// Everything that a strategy may take into account.
public struct PlanInput: Hashable, Sendable {
    /// The topology that is updated.
    public let topology: Topology
    /// The services of the topology.
    public let services: [Service]
    /// The packages that the update changes on each machine, by the machine's name.
    public let delta: [String: [PackageChange]]
    /// The procedures of the project.
    public let procedures: [ProcedureSummary]
    /// The faults of the scenario.
    public let faults: [Fault]
    /// What is looked for on every machine.
    public let checks: [MachineCheck]
    /// The choices of the run.
    public let parameters: PlanParameters

    /// Makes an input.
    public init(
        topology: Topology, services: [Service], delta: [String: [PackageChange]],
        procedures: [ProcedureSummary], faults: [Fault] = [],
        checks: [MachineCheck] = [], parameters: PlanParameters
    ) {
        self.topology = topology
        self.services = services
        self.delta = delta
        self.procedures = procedures
        self.faults = faults
        self.checks = checks
        self.parameters = parameters
    }
}
