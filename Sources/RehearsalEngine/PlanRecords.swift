public import RehearsalHistory
public import RehearsalModel

extension Plan {
    /// The plan as history keeps it: a row for each step, in the order of reading.
    ///
    /// A sub-step `update-<service>` carries the patterns of the packages that the service owns, so that an outage can be
    /// traced to packages.
    public func records(services: [Service]) -> [StepRecord] {
        steps.enumerated().map { position, step in
            let service = services.first { step.name == "update-\($0.name)" }
            return StepRecord(
                id: step.id.rawValue, parent: StepRecord.parent(of: step.id.rawValue), name: step.name, machine: step.machine,
                kind: step.action.kindName, position: position, boundSeconds: step.boundSeconds, predictedSeconds: step.predictedSeconds,
                packages: service?.updatePackages.map(\.pattern) ?? [])
        }
    }

    /// The machines that have a breakpoint, in the plan's order.
    var machinesWithBreakpoint: [String] { steps.filter { $0.action == .breakpoint }.compactMap(\.machine) }

    /// The steps that belong to the update of a machine: those of the groups that hold its breakpoint.
    func steps(of machine: String) -> [Step] {
        func holder(_ steps: [Step]) -> Step? {
            for step in steps {
                if step.children.contains(where: { $0.action == .breakpoint && $0.machine == machine }) { return step }
                if let found = holder(step.children) { return found }
            }
            return nil
        }
        return holder(root)?.children ?? []
    }
}

extension Step {
    /// Whether the step of that number is this one or below it.
    func contains(_ id: String) -> Bool { id == self.id.rawValue || id.hasPrefix(self.id.rawValue + ".") }

    /// The number of a sub-step that a procedure reports: its place in the plan, or its name below this step if the plan does not know it.
    func substepID(named name: String) -> String {
        children.first { $0.action == .substep && $0.name == name }?.id.rawValue ?? "\(id.rawValue).\(name)"
    }
}

extension Action {
    var kindName: String {
        switch self {
        case .sequence: "sequence"
        case .concurrent: "concurrent"
        case .startRecorder: "startRecorder"
        case .baseline: "baseline"
        case .recordVersions: "recordVersions"
        case .proveReady: "proveReady"
        case .breakpoint: "breakpoint"
        case .procedure: "procedure"
        case .beginStackUpdate: "beginStackUpdate"
        case .endStackUpdate: "endStackUpdate"
        case .substep: "substep"
        case .stopRecorder: "stopRecorder"
        }
    }
}
