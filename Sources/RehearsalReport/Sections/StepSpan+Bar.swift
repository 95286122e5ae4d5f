import RehearsalHistory
import RehearsalModel

/// How steps are drawn; the kinds of steps are told apart here alone.
extension StepSpan {
    /// A bar of the timeline; the raw value is its CSS class.
    enum Bar: String {
        case failed, unfinished, breakpoint, update, substep, procedure, quiet
    }

    /// Whether the step only holds others, which are drawn in its place.
    var isGroup: Bool { step.kind.isGroup }

    /// Whether a procedure reported the step.
    var isSubstep: Bool { step.kind == .substep }

    /// The bar that stands for the step.
    var bar: Bar {
        if outcome.isFailure { return .failed }
        if outcome == .unfinished { return .unfinished }
        switch step.kind {
        case .breakpoint: return .breakpoint
        case .substep: return SubstepName.isUpdate(step.name) || !step.packages.isEmpty ? .update : .substep
        case .procedure: return .procedure
        default: return .quiet
        }
    }
}
