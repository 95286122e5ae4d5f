public import RehearsalModel

/// Where a machine stands in the update, in the words of the tool that the talk showed.
public enum MachineProgress: String, Sendable, CaseIterable {
    case notStarted = "not_started"
    case onBreakpoint = "on_breakpoint"
    case inProgress = "in_progress"
    case completed
    case failed
}

extension RunState {
    /// Where every machine that a plan updates stands; in the order of the plan.
    public func progress(of plan: Plan) -> [(machine: String, state: MachineProgress)] {
        plan.machinesWithBreakpoint.map { ($0, progress(of: $0, plan.steps(of: $0))) }
    }

    private func progress(of machine: String, _ steps: [Step]) -> MachineProgress {
        let outcomes = steps.map { span(of: $0.id)?.outcome }
        // Trouble of the harness is not the machine's.
        if outcomes.contains(where: { $0?.isFailureOfStep == true }) { return .failed }
        if outcomes.allSatisfy({ $0 == .ok }) { return .completed }
        if clearedMachines.contains(machine), outcomes.contains(.ok) { return .inProgress }
        return steps.contains(where: waits) ? .onBreakpoint : .notStarted
    }

    /// Whether a step that is not done has its machine wait: the operator is asked about it, or Heat has set a hook on it, as it does on
    /// every machine when the update of the stack begins.
    private func waits(_ step: Step) -> Bool {
        switch step.action {
        case .breakpoint: reachedBreakpoints.contains(step.id)
        case .procedure(_, _, .heat): isStackUpdateOpen
        default: false
        }
    }
}
