import RehearsalModel

/// A step before it is numbered.
struct StepDraft {
    var name: String
    var machine: String?
    var action: Action
    var children: [StepDraft] = []
    var bound: Double
    var predicted: Double

    /// A step whose children run one after the other.
    static func sequence(_ name: String, machine: String? = nil, _ children: [StepDraft]) -> StepDraft {
        StepDraft(
            name: name, machine: machine, action: .sequence, children: children,
            bound: children.reduce(0) { $0 + $1.bound }, predicted: children.reduce(0) { $0 + $1.predicted })
    }

    /// A step whose children run at once.
    static func concurrent(_ name: String, machine: String? = nil, _ children: [StepDraft]) -> StepDraft {
        StepDraft(
            name: name, machine: machine, action: .concurrent, children: children,
            bound: children.map(\.bound).max() ?? 0, predicted: children.map(\.predicted).max() ?? 0)
    }

    /// Whether Heat starts the step or any step below it.
    var isDrivenByHeat: Bool {
        if case .procedure(_, _, let driver) = action, driver != .agent { return true }
        return children.contains(where: \.isDrivenByHeat)
    }

    /// The step and all steps below it, numbered from `id`.
    func numbered(_ id: StepID) -> Step {
        Step(
            id: id, name: name, machine: machine, action: action,
            children: children.enumerated().map { $1.numbered(id.child($0 + 1)) },
            boundSeconds: bound, predictedSeconds: (predicted * 10).rounded() / 10)
    }
}
