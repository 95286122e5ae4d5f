public import RehearsalModel

/// The update of the talk and of its release's script, with their faults; other strategies are compared with it.
///
/// The talk is "Updating a live OpenStack cloud", DevConf.cz 2016 (docs/tripleo.md#the-talk).
///
/// - The breakpoints are cleared one at a time, in a random order that the seed decides, as the real client did.
/// - No virtual address is moved, nothing is drained, and nothing is proven between machines.
/// - The breakpoint of a compute guards only its Puppet modules.
/// - The rest is not rolled at all: every machine updates its packages at once while the cluster is in maintenance mode, and then
///   one machine restarts every service of the cluster.
///
/// The real update did not touch the undercloud. Here a procedure of our own updates it first.
public struct TalkStrategy: Strategy {
    /// "talk".
    public static let name = "talk"

    /// Makes the strategy.
    public init() {}

    /// Plans the phase with breakpoints, then the phase without.
    public func plan(_ input: PlanInput) throws(PlanError) -> Plan {
        let build = try PlanBuilder(
            input,
            using: [
                "update-machine", "talk-controller", "talk-compute", "talk-maintenance-on", "talk-packages",
                "talk-maintenance-off", "talk-restart",
            ])
        let order = UpdateOrder(build)
        var chance = SeededGenerator(seed: input.parameters.seed)
        let drawn = chance.shuffled(order.clustered + order.others)
        return try build.plan(
            strategy: Self.name,
            update: [
                .sequence(
                    "update the undercloud",
                    order.repositories.map { machine in
                        .sequence(
                            "update \(machine.name)", machine: machine.name,
                            build.breakpoint(machine) + [
                                build.serviceUpdate(
                                    "update-machine", on: machine, cost: build.costs.machineUpdate)
                            ])
                    }),
                .sequence(
                    "update machine by machine, in an order of chance",
                    drawn.map { machine in
                        .sequence(
                            "update \(machine.name)", machine: machine.name,
                            build.breakpoint(machine) + [packageUpdate(machine, build)])
                    }),
                .sequence("run puppet everywhere", puppet(order, build)),
            ])
    }

    /// The step that a machine's breakpoint guards.
    private func packageUpdate(_ machine: Machine, _ build: PlanBuilder) -> StepDraft {
        let changes = build.input.delta[machine.name] ?? []
        guard machine.services.contains(WellKnownService.cluster) else {
            return build.wholeUpdate(
                "talk-compute", "update puppet modules on \(machine.name)", on: machine,
                packages: changes.count { $0.name.hasPrefix("puppet-module-") }, cost: build.costs.machineUpdate)
        }
        return build.wholeUpdate(
            "talk-controller", "update \(machine.name) while its cluster is stopped", on: machine,
            packages: changes.count, cost: build.costs.talkControllerUpdate)
    }

    /// The steps that no breakpoint guards.
    private func puppet(_ order: UpdateOrder, _ build: PlanBuilder) -> [StepDraft] {
        let bootstrap = build.topology.machines(running: WellKnownService.cluster).first
        func atBootstrap(_ procedure: String, _ title: String, _ cost: StepCosts.Cost) -> [StepDraft] {
            bootstrap.map {
                [build.task(procedure, title, on: $0, cost: cost)]
            } ?? []
        }
        func packages(_ machine: Machine, left: Int) -> StepDraft {
            build.wholeUpdate(
                "talk-packages", "update all packages on \(machine.name)", on: machine, packages: left,
                cost: build.costs.machineUpdate, isGuarded: false)
        }
        let everywhere =
            order.clustered.map { packages($0, left: 0) }
            + order.others.map { machine in
                packages(machine, left: build.input.delta[machine.name]?.count ?? 0)
            }
        return atBootstrap("talk-maintenance-on", "set maintenance mode", build.costs.property)
            + [.concurrent("update all packages on all machines", everywhere)]
            + atBootstrap("talk-maintenance-off", "end maintenance mode", build.costs.property)
            + atBootstrap("talk-restart", "restart every service of the cluster", build.costs.talkControllerUpdate)
    }
}
