import RehearsalModel

/// The machines that have something to update, in the groups that strategies treat differently.
struct UpdateOrder {
    /// The machines of the cluster, in the topology's order.
    let clustered: [Machine]
    /// The machines that serve the packages to the others.
    let repositories: [Machine]
    /// All others.
    let others: [Machine]

    init(_ builder: PlanBuilder) {
        let machines = builder.topology.machines.filter(builder.hasUpdates)
        clustered = machines.filter { $0.services.contains(WellKnownService.cluster) }
        repositories = machines.filter { $0.services.contains(WellKnownService.repository) }
        others = machines.filter { !$0.services.contains(WellKnownService.cluster) && !$0.services.contains(WellKnownService.repository) }
    }
}
