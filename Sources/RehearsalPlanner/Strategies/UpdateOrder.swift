import RehearsalModel

/// The machines with something to update, by what has to be done about them.
struct UpdateOrder {
    /// The machines of the cluster, in the topology's order; the first one bootstraps it.
    let clustered: [Machine]
    /// The machines that serve the packages.
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
