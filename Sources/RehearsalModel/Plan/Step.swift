/// One step of a plan, with the steps it consists of.
public struct Step: Hashable, Codable, Sendable {
    /// The step's place in the tree.
    public let id: StepID
    /// The name. That of a sub-step is exactly the name that the procedure reports.
    public let name: String
    /// The machine that the step concerns, if it concerns one.
    public let machine: String?
    /// What the step does.
    public let action: Action
    /// The steps that this one consists of.
    public let children: [Step]
    /// The longest time that the step may take, in seconds on a host of slowness 1; the engine multiplies it by the slowness.
    ///
    /// It is 0 for a breakpoint, which waits for a person without a bound. A sub-step has the bound of its procedure.
    public let boundSeconds: Double
    /// How long the step will probably take on this host, in seconds; the slowness is already taken into account.
    public let predictedSeconds: Double

    /// Makes a step.
    public init(
        id: StepID, name: String, machine: String? = nil, action: Action, children: [Step] = [],
        boundSeconds: Double, predictedSeconds: Double
    ) {
        self.id = id
        self.name = name
        self.machine = machine
        self.action = action
        self.children = children
        self.boundSeconds = boundSeconds
        self.predictedSeconds = predictedSeconds
    }

    /// The fault that the step is, if it is one.
    public var fault: PlannedFault? { if case .fault(let fault) = action { fault } else { nil } }

    /// This step and all steps below it, in the order of their numbers.
    public var flattened: [Step] {
        [self] + children.flatMap(\.flattened)
    }

    /// The identifier of a sub-step that a procedure reports: its place in the plan, or its name below this step if the plan does not
    /// know it.
    public func substepID(named name: String) -> StepID {
        children.first { $0.action == .substep && $0.name == name }?.id ?? StepID(rawValue: "\(id.rawValue).\(name)")
    }
}
