import RehearsalHistory

/// How steps are drawn; the kinds of steps are told apart here alone.
extension StepSpan {
    /// A bar of the timeline; the raw value is its CSS class.
    enum Bar: String {
        case failed, unfinished, breakpoint, update, substep, procedure, quiet
    }

    /// Whether the step only holds others, which are drawn in its place.
    var isGroup: Bool { ["sequence", "concurrent"].contains(step.kind) }

    /// Whether a procedure reported the step.
    var isSubstep: Bool { step.kind == "substep" }

    /// The bar that stands for the step.
    var bar: Bar {
        if ["failed", "timeout", "error"].contains(outcome) { return .failed }
        if outcome == StepSpan.unfinished { return .unfinished }
        switch step.kind {
        case "breakpoint": return .breakpoint
        case "substep": return step.name.hasPrefix("update-") || !step.packages.isEmpty ? .update : .substep
        case "procedure": return .procedure
        default: return .quiet
        }
    }
}
