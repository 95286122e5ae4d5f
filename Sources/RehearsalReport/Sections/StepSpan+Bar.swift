import RehearsalHistory
import RehearsalModel

/// How steps are drawn; the kinds of steps are told apart here alone.
extension StepSpan {
    /// A bar of the timeline; the raw value is its CSS class.
    enum Bar: String {
        case failed, unfinished, breakpoint, update, substep, procedure, fault, quiet
    }

    /// Whether the step only holds others, which are drawn in its place.
    var isGroup: Bool { step.kind.isGroup }

    /// In which of a machine's rows of bars the step is drawn, from above: steps, their sub-steps, and what was broken meanwhile.
    var lane: Int {
        switch step.kind {
        case .substep: 1
        case .fault: 2
        default: 0
        }
    }

    /// How many rows of bars a machine can have.
    static let lanes = 3

    /// The bar that stands for the step.
    var bar: Bar {
        if step.kind == .fault { return .fault }
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
