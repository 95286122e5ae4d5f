import RehearsalModel

/// A step that does not know its number yet.
struct StepDraft {
    var name: String
    var machine: String?
    var action: Action
    var children: [StepDraft] = []
    var bound: Double
    var predicted: Double

    /// Steps one after the other.
    static func sequence(_ name: String, machine: String? = nil, _ children: [StepDraft]) -> StepDraft {
        StepDraft(
            name: name, machine: machine, action: .sequence, children: children,
            bound: children.reduce(0) { $0 + $1.bound }, predicted: children.reduce(0) { $0 + $1.predicted })
    }

    /// Steps at once.
    static func concurrent(_ name: String, machine: String? = nil, _ children: [StepDraft]) -> StepDraft {
        StepDraft(
            name: name, machine: machine, action: .concurrent, children: children,
            bound: children.map(\.bound).max() ?? 0, predicted: children.map(\.predicted).max() ?? 0)
    }

    /// Whether Heat starts it, or something below it.
    var isDrivenByHeat: Bool {
        if case .procedure(_, _, let driver) = action, driver != .agent { return true }
        return children.contains(where: \.isDrivenByHeat)
    }

    /// The step and all below it, numbered.
    func numbered(_ id: StepID) -> Step {
        Step(
            id: id, name: name, machine: machine, action: action,
            children: children.enumerated().map { $1.numbered(id.child($0 + 1)) },
            boundSeconds: bound, predictedSeconds: (predicted * 10).rounded() / 10)
    }
}
