import RehearsalModel

/// Makes the steps that strategies put plans together from, and the plan itself.
struct PlanBuilder {
    let input: PlanInput
    private let breakpoints: BreakpointMatcher
    private let procedures: [String: ProcedureSummary]

    /// Begins a plan.
    ///
    /// - Parameters:
    ///   - names: The procedures that the strategy uses.
    ///   - needsUpdates: Whether a plan without anything to update makes no sense.
    /// - Throws: `PlanError` if there is nothing to update, a procedure is missing, or a breakpoint is not a regular expression.
    init(_ input: PlanInput, using names: [String], needsUpdates: Bool = true) throws(PlanError) {
        self.input = input
        guard !needsUpdates || input.topology.machines.contains(where: { !(input.delta[$0.name] ?? []).isEmpty }) else {
            throw PlanError(
                .nothingToUpdate,
                "plan update of \(input.topology.name): the candidate channel has nothing newer for any machine",
                hint: "give a directory of newer packages with --candidate")
        }
        procedures = Dictionary(input.procedures.map { ($0.name, $0) }) { first, _ in first }
        let missing = names.filter { name in !input.procedures.contains { $0.name == name } }
        guard missing.isEmpty else {
            throw PlanError(
                .missingProcedure,
                "plan update of \(input.topology.name): there is no procedure "
                    + missing.joined(separator: ", "),
                hint: "add Images/procedures/\(missing[0]).sh")
        }
        breakpoints = try BreakpointMatcher(input.parameters.breakpoints)
        let known = Set(names.flatMap { procedures[$0]?.substeps ?? [] } + [RoleScaling.forgetIdentifier])
        if let unknown = input.parameters.leftOut.first(where: { !known.contains($0) }) {
            throw PlanError(
                .badProcedure, "leave out \(unknown): no procedure of this strategy has a sub-step of that name",
                hint: "it has \(known.sorted().joined(separator: ", "))")
        }
    }

    var topology: Topology { input.topology }
    var identifier: String { input.parameters.identifier }
    var costs: StepCosts { input.parameters.costs }

    /// Who starts a procedure on a machine: Heat if the scenario says so and the machine runs Heat's agent, otherwise the engine.
    ///
    /// - Parameter isGuarded: Whether the machine's breakpoint guards the procedure.
    private func driver(on machine: Machine, isGuarded: Bool = true) -> ProcedureDriver {
        guard input.parameters.driver == .heat, machine.services.contains(WellKnownService.heatAgent) else { return .agent }
        return isGuarded ? .heat : .heatTask
    }

    /// Whether there is anything newer for a machine.
    func hasUpdates(_ machine: Machine) -> Bool {
        !(input.delta[machine.name] ?? []).isEmpty
    }

    /// Puts a strategy's update between the steps that every run begins and ends with, and numbers all steps.
    ///
    /// A control run changes nothing, so that it has no faults.
    ///
    /// - Throws: `PlanError` if a fault does not fit the plan.
    func plan(strategy: String, update: [StepDraft]) throws(PlanError) -> Plan {
        let faults = input.parameters.isControl ? [] : input.faults
        let heal = faults.isEmpty ? [] : [simple("heal what is broken", .healFaults, costs.fault)]
        let before =
            [proveReady()] + inspect(.before) + [
                simple("record versions before", .recordVersions, costs.recordVersions),
                simple("start the recorder", .startRecorder, costs.startRecorder), baseline("before"),
            ]
        let after =
            heal + (input.parameters.isControl ? [] : scaling()) + [
                proveReady(), baseline("after"),
                simple("stop the recorder", .stopRecorder, costs.stopRecorder),
                simple("record versions after", .recordVersions, costs.recordVersions),
            ] + inspect(.after)
        let update = input.parameters.isControl ? update.map(quiet) : update
        let drafts = before + inStackUpdate(update.filter { !$0.children.isEmpty }) + after
        let root = drafts.enumerated().map { $1.numbered(.root($0 + 1)) }
        var placement = FaultPlacement(input, root: root)
        return Plan(
            strategy: strategy, topology: topology.name, seed: input.parameters.seed, identifier: identifier, root: root,
            faults: try placement.place(faults), leftOut: input.parameters.leftOut, looksFor: input.parameters.looksFor)
    }

    /// Encloses the steps that Heat starts in one update of the stack.
    private func inStackUpdate(_ update: [StepDraft]) -> [StepDraft] {
        guard let first = update.firstIndex(where: \.isDrivenByHeat), let last = update.lastIndex(where: \.isDrivenByHeat) else {
            return update
        }
        return update[..<first] + [simple("begin the update of the stack", .beginStackUpdate, costs.beginStackUpdate)]
            + update[first...last]
            + [simple("end the update of the stack", .endStackUpdate, costs.endStackUpdate)] + update[(last + 1)...]
    }

    // MARK: Steps

    func proveReady() -> StepDraft {
        simple("prove ready", .proveReady, costs.proveReady)
    }

    /// The step that looks for what should not be there, if the scenario wants anything looked for then.
    private func inspect(_ moment: MachineCheck.Moment) -> [StepDraft] {
        let checks = input.checks.filter { $0.moments.contains(moment) }
        guard !checks.isEmpty || input.parameters.looksFor.contains(.clocksTogether) else { return [] }
        return [simple("look at all machines \(moment.rawValue)", .inspect(moment, checks: checks), costs.inspect)]
    }

    /// The steps in which machines join or leave after the update.
    private func scaling() -> [StepDraft] {
        var counts = Dictionary(topology.roles.map { ($0.role, $0.count) }) { first, _ in first }
        return input.parameters.scaling.map { scaling in
            let count = counts[scaling.role, default: 0] + scaling.change
            counts[scaling.role] = count
            let machines = abs(scaling.change) == 1 ? "1 machine" : "\(abs(scaling.change)) machines"
            let forgets = !input.parameters.leftOut.contains(RoleScaling.forgetIdentifier)
            return simple(
                "\(scaling.change > 0 ? "add" : "remove") \(machines) of role \(scaling.role)",
                .scale(role: scaling.role, count: count, forgets: forgets), costs.scale)
        }
    }

    /// The machine's breakpoint, if it has one.
    func breakpoint(_ machine: Machine) -> [StepDraft] {
        guard breakpoints.matches(machine.name) else { return [] }
        return [
            StepDraft(
                name: "breakpoint on \(machine.name)", machine: machine.name, action: .breakpoint, bound: 0,
                predicted: 0)
        ]
    }

    /// A step in which a machine runs a procedure that updates no packages.
    func procedure(
        _ name: String, _ title: String, on machine: Machine, arguments: [String], cost: StepCosts.Cost
    ) -> StepDraft {
        draft(
            name, title, on: machine, arguments: arguments, groups: [], packages: [:], bound: cost.bound,
            predicted: cost.usual)
    }

    /// A step in which a machine runs a procedure that updates no packages, after every machine has been updated.
    ///
    /// The procedure's argument is the update identifier.
    func task(_ name: String, _ title: String, on machine: Machine, cost: StepCosts.Cost) -> StepDraft {
        draft(
            name, title, on: machine, driver: driver(on: machine, isGuarded: false), arguments: [identifier], groups: [], packages: [:],
            bound: cost.bound, predicted: cost.usual)
    }

    /// A step in which a machine updates all its packages, service by service.
    ///
    /// The procedure's arguments are the update identifier and, for each service, "service=package,package".
    /// - Parameter cost: The cost without that of the packages.
    func serviceUpdate(_ name: String, on machine: Machine, cost: StepCosts.Cost) -> StepDraft {
        let changes = input.delta[machine.name] ?? []
        let services = machine.services.compactMap { name in input.services.first { $0.name == name } }
        let (groups, rest) = PackageGroup.divide(changes, among: services)
        var packages = Dictionary(groups.map { (SubstepName.update($0.service), $0.packages.count) }) { first, _ in first }
        packages[SubstepName.updateRest] = rest
        return draft(
            name, "update \(count(changes.count)) on \(machine.name)", on: machine, driver: driver(on: machine),
            arguments: [identifier] + groups.map(\.argument), groups: groups, packages: packages,
            bound: cost.bound + Double(changes.count) * costs.package.bound,
            predicted: cost.usual + Double(changes.count) * costs.package.usual)
    }

    /// A step in which a machine updates packages all together.
    ///
    /// - Parameters:
    ///   - packages: How many packages are updated.
    ///   - cost: The cost without that of the packages.
    ///   - isGuarded: Whether the machine's breakpoint guards the step. A step without a guard comes after every machine has been updated.
    func wholeUpdate(
        _ name: String, _ title: String, on machine: Machine, packages: Int, cost: StepCosts.Cost, isGuarded: Bool = true
    ) -> StepDraft {
        draft(
            name, title, on: machine, driver: driver(on: machine, isGuarded: isGuarded), arguments: [identifier], groups: [],
            packages: [:],
            bound: cost.bound + Double(packages) * costs.package.bound,
            predicted: cost.usual + Double(packages) * costs.package.usual)
    }

    private func draft(
        _ name: String, _ title: String, on machine: Machine, driver: ProcedureDriver = .agent, arguments: [String],
        groups: [PackageGroup], packages: [String: Int], bound: Double, predicted: Double
    ) -> StepDraft {
        let substeps = (procedures[name]?.substeps(groups: groups) ?? []).filter { !input.parameters.leftOut.contains($0) }
        let detour = driver == .agent ? StepCosts.Cost(usual: 0, bound: 0) : costs.heat
        let (bound, predicted) = (bound + detour.bound, predicted + detour.usual)
        let isClustered = machine.services.contains(WellKnownService.cluster)
        return StepDraft(
            name: title, machine: machine.name, action: .procedure(name: name, arguments: arguments, driver: driver),
            children: substeps.map { substep in
                StepDraft(
                    name: substep, machine: machine.name, action: .substep, bound: bound,
                    predicted: scaled(costs.usual(substep: substep, packages: packages, isClustered: isClustered)))
            },
            bound: bound, predicted: scaled(predicted + costs.overhead.usual))
    }

    private func simple(_ name: String, _ action: Action, _ cost: StepCosts.Cost) -> StepDraft {
        StepDraft(name: name, action: action, bound: cost.bound, predicted: scaled(cost.usual))
    }

    private func baseline(_ when: String) -> StepDraft {
        let seconds = input.parameters.baselineSeconds
        return StepDraft(
            name: "record a quiet time \(when)", action: .baseline(seconds: seconds),
            bound: seconds + costs.overhead.bound, predicted: seconds)
    }

    /// The same steps with a quiet time in place of each procedure.
    private func quiet(_ draft: StepDraft) -> StepDraft {
        switch draft.action {
        case .sequence: return .sequence(draft.name, machine: draft.machine, draft.children.map(quiet))
        case .concurrent: return .concurrent(draft.name, machine: draft.machine, draft.children.map(quiet))
        case .procedure: break
        default: return draft
        }
        let seconds = input.parameters.baselineSeconds
        return StepDraft(
            name: "leave alone what would be: \(draft.name)", machine: draft.machine, action: .baseline(seconds: seconds),
            bound: seconds + costs.overhead.bound, predicted: seconds)
    }

    private func scaled(_ seconds: Double) -> Double {
        seconds * input.parameters.slowness
    }

    private func count(_ packages: Int) -> String {
        packages == 1 ? "1 package" : "\(packages) packages"
    }
}
