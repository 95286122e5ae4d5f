public import RehearsalHistory
public import RehearsalModel

/// Where a machine stands in the update, in the words of the tool that the talk showed.
public enum MachineProgress: String, Sendable, CaseIterable {
    case notStarted = "not_started"
    case onBreakpoint = "on_breakpoint"
    case inProgress = "in_progress"
    case completed
    case failed

    /// Where every machine that a plan updates stands, by what was journalled; in the order of the plan. Pure.
    ///
    /// - Parameter events: Those of the branch that the run is on.
    public static func all(of plan: Plan, events: [Event]) -> [(machine: String, state: MachineProgress)] {
        let known = Journalled(plan, events)
        return plan.machinesWithBreakpoint.map { ($0, known.state(of: $0, plan.steps(of: $0))) }
    }
}

/// What a journal says of a plan's steps.
private struct Journalled {
    /// How steps ended that were not begun again.
    var outcomes: [String: String] = [:]
    var reached: Set<String> = []
    var cleared: Set<String> = []
    var isStackUpdateOpen = false

    init(_ plan: Plan, _ events: [Event]) {
        for event in events {
            guard let step = event.step else { continue }
            switch event.kind {
            case .stepStarted: outcomes[step] = nil
            case .stepEnded:
                outcomes[step] = event.detail["outcome"] ?? "ok"
                guard outcomes[step] == "ok" else { continue }
                switch plan.step(StepID(rawValue: step))?.action {
                case .beginStackUpdate?: isStackUpdateOpen = true
                case .endStackUpdate?: isStackUpdateOpen = false
                default: break
                }
            case .breakpointReached: reached.insert(step)
            case .breakpointCleared: event.machine.map { _ = cleared.insert($0) }
            default: break
            }
        }
    }

    func state(of machine: String, _ steps: [Step]) -> MachineProgress {
        let outcomes = steps.map { self.outcomes[$0.id.rawValue] }
        if outcomes.contains(where: { ["failed", "timeout"].contains($0) }) { return .failed }
        if outcomes.allSatisfy({ $0 == "ok" }) { return .completed }
        if cleared.contains(machine), outcomes.contains("ok") { return .inProgress }
        return steps.contains(where: waits) ? .onBreakpoint : .notStarted
    }

    /// Whether a step that is not done has its machine wait: the operator is asked about it, or Heat has set a hook on it, as it does on
    /// every machine when the update of the stack begins.
    private func waits(_ step: Step) -> Bool {
        switch step.action {
        case .breakpoint: reached.contains(step.id.rawValue)
        case .procedure(_, _, .heat): isStackUpdateOpen
        default: false
        }
    }
}
