public import RehearsalModel

/// The best known practice: one machine at a time, each only after the whole testbed is proven ready.
///
/// - On a controller the virtual addresses move away and the backends are drained. Then its cluster is stopped, and its
///   packages are updated service by service.
/// - Controllers come first, the one that bootstraps the cluster last of them. Computes follow. The undercloud serves the
///   packages, so it comes last of all. A machine without newer packages is left alone.
/// - The testbed is proven ready after a machine's breakpoint, right before the machine is touched. This also proves that the
///   machine before it is well again.
/// - Nothing is random, so the seed changes nothing.
public struct RollingStrategy: Strategy {
    /// "rolling".
    public static let name = "rolling"

    /// Makes the strategy.
    public init() {}

    /// Plans one machine after the other.
    public func plan(_ input: PlanInput) throws(PlanError) -> Plan {
        let build = try PlanBuilder(
            input,
            using: [
                "move-vips", "drain", "undrain", "update-controller", "update-machine",
            ])
        let order = UpdateOrder(build)
        let bootstrap = build.topology.machines(running: WellKnownService.cluster).first
        let controllers = order.clustered.filter { $0 != bootstrap } + order.clustered.filter { $0 == bootstrap }
        return try build.plan(
            strategy: Self.name,
            update: [
                .sequence("update controllers, one at a time", controllers.map { controller($0, build) }),
                .sequence(
                    "update computes, one at a time", order.others.map { plain($0, build) }),
                .sequence(
                    "update the undercloud", order.repositories.map { plain($0, build) }),
            ])
    }

    private func controller(_ machine: Machine, _ build: PlanBuilder) -> StepDraft {
        let hasPeers = build.topology.machines(running: WellKnownService.cluster).count > 1
        let frontDoors = hasPeers ? build.topology.machines(running: WellKnownService.frontDoor) : []
        var steps = build.breakpoint(machine) + [build.proveReady()]
        if hasPeers, machine.services.contains(WellKnownService.virtualAddresses) {
            steps.append(
                build.procedure(
                    "move-vips", "move virtual addresses off \(machine.name)", on: machine,
                    arguments: [machine.name, build.identifier], cost: build.costs.moveAddresses))
        }
        steps += everywhere("drain", "drain \(machine.name)", machine, frontDoors, build)
        steps.append(
            build.serviceUpdate(
                "update-controller", on: machine, cost: build.costs.controllerUpdate))
        steps += everywhere("undrain", "undrain \(machine.name)", machine, frontDoors, build)
        return .sequence("update \(machine.name)", machine: machine.name, steps)
    }

    /// A procedure that concerns one machine, run on one HAProxy machine after the other.
    ///
    /// Done on all of them at once it took the processors of a small host from the services of all controllers at the same time, and users
    /// felt that. One after the other, trouble at the first also leaves the others as they were.
    private func everywhere(
        _ procedure: String, _ title: String, _ machine: Machine, _ frontDoors: [Machine], _ build: PlanBuilder
    ) -> [StepDraft] {
        guard !frontDoors.isEmpty else { return [] }
        return [
            .sequence(
                title, machine: machine.name,
                frontDoors.map {
                    build.procedure(
                        procedure, "\(title) at \($0.name)", on: $0, arguments: [machine.name],
                        cost: build.costs.drain)
                })
        ]
    }

    private func plain(_ machine: Machine, _ build: PlanBuilder) -> StepDraft {
        .sequence(
            "update \(machine.name)", machine: machine.name,
            build.breakpoint(machine) + [
                build.proveReady(),
                build.serviceUpdate("update-machine", on: machine, cost: build.costs.machineUpdate),
            ])
    }
}
