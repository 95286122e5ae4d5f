/// One step of a plan, with the steps it consists of.
public struct Step: Hashable, Codable, Sendable {
    /// Its place in the tree.
    public let id: StepID
    /// What it is called; of a sub-step, exactly the name the procedure reports.
    public let name: String
    /// The machine it is done to or by, if it is about one.
    public let machine: String?
    /// What it does.
    public let action: Action
    /// The steps it consists of.
    public let children: [Step]
    /// The longest it may take, in seconds on a host of slowness 1; the engine multiplies it by the slowness.
    ///
    /// 0 for a breakpoint, which waits for a person as long as it takes. A sub-step has the bound of its procedure.
    public let boundSeconds: Double
    /// How long it will probably take on this host, in seconds; the slowness is already in it.
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

    /// This step and all below it, in the order of their numbers.
    public var flattened: [Step] {
        [self] + children.flatMap(\.flattened)
    }

    /// The identifier of a sub-step that a procedure reports: its place in the plan, or its name below this step if the plan does not
    /// know it.
    public func substepID(named name: String) -> StepID {
        children.first { $0.action == .substep && $0.name == name }?.id ?? StepID(rawValue: "\(id.rawValue).\(name)")
    }
}
