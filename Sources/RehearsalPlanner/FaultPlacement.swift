import RehearsalModel

/// Finds the steps that the faults of a scenario wait for, and decides what is left to chance.
struct FaultPlacement {
    let input: PlanInput
    /// The steps of the plan, in order.
    private let steps: [Step]
    private var chance: SeededGenerator

    init(_ input: PlanInput, root: [Step]) {
        self.input = input
        steps = root.flatMap(\.flattened)
        chance = SeededGenerator(seed: input.parameters.seed)
    }

    /// The faults as steps, in the order of the scenario.
    ///
    /// - Throws: `PlanError` with all that does not fit the plan, each with its place in the scenario.
    mutating func place(_ faults: [Fault]) throws(PlanError) -> [Step] {
        var placed: [Step] = []
        var problems: [String] = []
        for fault in faults {
            // What is left to chance is drawn again where it contradicts what is there.
            var step: Step?
            var why: String?
            for _ in 0..<(fault.moment == .random || fault.machine == nil ? Self.draws : 1) {
                let machine = fault.machine ?? chance.element(of: candidates(fault))?.name
                guard let moment = moment(of: fault) else {
                    why = "at: \"\(fault.moment)\" matches no step of this plan"
                    break
                }
                let planned = PlannedFault(
                    kind: fault.kind, arguments: fault.arguments, edge: moment.edge, step: moment.step.id, delaySeconds: moment.delay,
                    seconds: fault.seconds, isLatent: fault.isLatent)
                let drawn = self.step(planned, number: placed.count + 1, machine: machine)
                why = placed.compactMap { contradiction($0, drawn) }.first
                step = drawn
                if why == nil { break }
            }
            if let why { problems.append("\(fault.source): error: \(why)") }
            if let step { placed.append(step) }
        }
        guard problems.isEmpty else {
            throw PlanError(
                .badFault, problems.joined(separator: "\n"),
                hint: "`rehearse plan` without faults shows the steps; a step is named by its sub-step, its procedure or its kind")
        }
        return placed
    }

    /// How often chance is asked for something that contradicts nothing.
    private static let draws = 100

    private func candidates(_ fault: Fault) -> [Machine] {
        guard let service = fault.arguments[FaultKind.serviceArgument] else { return input.topology.machines }
        return input.topology.machines.filter { $0.services.contains(service) }
    }

    private func step(_ fault: PlannedFault, number: Int, machine: String?) -> Step {
        Step(
            id: .fault(number), name: PlannedFault.title(fault.kind, fault.arguments), machine: machine, action: .fault(fault),
            boundSeconds: input.parameters.costs.fault.bound, predictedSeconds: 0)
    }

    // MARK: When

    private typealias Moment = (edge: FaultEdge, step: Step, delay: Double)

    private mutating func moment(of fault: Fault) -> Moment? {
        switch fault.moment {
        case .quiet(let seconds):
            return steps.first { $0.action.kind == .baseline }.map { (.during, $0, seconds) }
        case .random:
            let procedures = steps.filter { $0.action.kind == .procedure }
            guard let step = chance.element(of: procedures) else { return nil }
            return (.during, step, (step.predictedSeconds * chance.fraction()).rounded())
        case .step(let edge, let name, let machine, let delay):
            guard let index = steps.firstIndex(where: { Self.isNamed($0, name) && (machine == nil || $0.machine == machine) }) else {
                return nil
            }
            let step = steps[index]
            guard step.action == .substep, edge == .before else { return (edge, step, delay) }
            // Nobody holds a procedure up before a sub-step: it comes when the one before it has ended, or before the procedure.
            let before = steps[index - 1]
            return before.action == .substep ? (.after, before, 0) : (.before, before, 0)
        }
    }

    /// Whether a scenario means a step by a name: that of the sub-step, of the procedure, or of the kind (`prove-ready`).
    private static func isNamed(_ step: Step, _ name: String) -> Bool {
        switch step.action {
        case .substep: step.name == name
        case .procedure(let procedure, _, _): procedure == name
        default: step.action.kind.words == name
        }
    }

    /// Why a fault cannot be done beside an earlier one of the scenario; nil if it can.
    private func contradiction(_ earlier: Step, _ later: Step) -> String? {
        guard let first = earlier.fault, let second = later.fault, earlier.machine == later.machine, first.step == second.step,
            first.edge == second.edge
        else { return nil }
        let machine = later.machine ?? "the testbed"
        let distance = second.delaySeconds - first.delaySeconds
        if distance == 0, first.kind == second.kind, first.arguments == second.arguments {
            return "\(second.kind) is done to \(machine) twice at the same moment"
        }
        let away = FaultKind.ofHypervisor.filter(\.takesMachineAway).map(\.name)
        guard away.contains(first.kind), distance >= 0, first.seconds.map({ distance < $0 }) ?? true else { return nil }
        return "\(second.kind) cannot be done to \(machine) while \(first.kind) has taken it away"
    }
}

extension StepKind {
    /// The kind as scenarios write it: `prove-ready` for `proveReady`.
    var words: String {
        rawValue.reduce(into: "") { text, letter in text += letter.isUppercase ? "-" + letter.lowercased() : String(letter) }
    }
}
