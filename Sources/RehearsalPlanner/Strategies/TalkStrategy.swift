public import RehearsalModel

/// What the talk and the update script of its release really did, faults and all: the baseline.
///
/// The breakpoints are cleared one at a time, in an order of chance, as the client's was (the seed decides). No
/// virtual address is moved, nothing is drained, and nothing is proven between machines. A compute's breakpoint
/// guards only its Puppet modules. What follows is not rolled at all: packages everywhere at once while the
/// cluster is in maintenance mode, and then one machine restarts every service of the cluster.
///
/// The undercloud, which that update did not touch, is updated first by a procedure of ours.
public struct TalkStrategy: Strategy {
    /// "talk".
    public static let name = "talk"

    /// Makes the strategy.
    public init() {}

    /// Plans the phase with breakpoints, then the one without.
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
        return build.plan(
            strategy: Self.name,
            update: [
                .sequence(
                    "update the undercloud",
                    order.repositories.map { machine in
                        .sequence(
                            "update \(machine.name)", machine: machine.name,
                            build.breakpoint(machine) + [
                                build.serviceUpdate(
                                    "update-machine", on: machine, bound: build.costs.machineBound, besides: 0)
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

    /// What the breakpoint guards.
    private func packageUpdate(_ machine: Machine, _ build: PlanBuilder) -> StepDraft {
        let changes = build.input.delta[machine.name] ?? []
        guard machine.services.contains(WellKnownService.cluster) else {
            return build.wholeUpdate(
                "talk-compute", "update puppet modules on \(machine.name)", on: machine,
                packages: changes.count { $0.name.hasPrefix("puppet-module-") }, bound: build.costs.machineBound)
        }
        return build.wholeUpdate(
            "talk-controller", "update \(machine.name) while its cluster is stopped", on: machine,
            packages: changes.count, bound: build.costs.talkControllerBound,
            besides: build.costs.stopCluster.usual + build.costs.rejoin.usual)
    }

    /// What no breakpoint guards.
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
                bound: build.costs.machineBound, isGuarded: false)
        }
        let everywhere =
            order.clustered.map { packages($0, left: 0) }
            + order.others.map { machine in
                packages(machine, left: build.input.delta[machine.name]?.count ?? 0)
            }
        let restart = StepCosts.Cost(
            usual: build.costs.stopCluster.usual + build.costs.rejoin.usual,
            bound: build.costs.talkControllerBound)
        return atBootstrap("talk-maintenance-on", "set maintenance mode", build.costs.property)
            + [.concurrent("update all packages on all machines", everywhere)]
            + atBootstrap("talk-maintenance-off", "end maintenance mode", build.costs.property)
            + atBootstrap("talk-restart", "restart every service of the cluster", restart)
    }
}
