/// What a step does.
public enum Action: Hashable, Sendable {
    /// Runs its children one after the other, and stops at the first that fails.
    case sequence
    /// Runs its children at once.
    case concurrent
    /// Starts the recorder.
    case startRecorder
    /// Records a quiet time, in which nothing is touched.
    case baseline(seconds: Double)
    /// Records the versions of all packages on all machines.
    case recordVersions
    /// Waits until the whole testbed is proven ready.
    case proveReady
    /// Waits until an operator clears the breakpoint of its machine.
    case breakpoint
    /// Runs a procedure on its machine; its children are the procedure's sub-steps.
    case procedure(name: String, arguments: [String], driver: ProcedureDriver = .agent)
    /// Begins the update of the overcloud's stack. Each machine of the stack then waits until its procedure is started.
    case beginStackUpdate
    /// Waits until the update of the overcloud's stack has ended.
    case endStackUpdate
    /// A sub-step of its parent's procedure, which reports it by name.
    case substep
    /// Stops the recorder.
    case stopRecorder
    /// Breaks something, and heals it again. Such a step stands beside the tree: the steps of the update go on meanwhile.
    case fault(PlannedFault)
    /// Waits until every fault is healed; those that have no end of their own are healed now.
    case healFaults
    /// Looks on every machine for what should not be there.
    case inspect(MachineCheck.Moment, checks: [MachineCheck])
    /// Lets machines join the testbed or leave it until a role has so many; Heat's stack forgets the update identifier on that occasion, or not.
    case scale(role: String, count: Int, forgets: Bool)
}

/// Encoded as an object with a `kind` and the values of that kind: `{"kind": "baseline", "seconds": 20}`.
extension Action: Codable {
    private enum Key: String, CodingKey {
        case kind, seconds, name, arguments, driver, details, moment, checks, role, count, forgets
    }

    /// Decodes the object form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let kind = try container.decode(StepKind.self, forKey: .kind)
        switch kind {
        case .sequence: self = .sequence
        case .concurrent: self = .concurrent
        case .startRecorder: self = .startRecorder
        case .baseline: self = .baseline(seconds: try container.decode(Double.self, forKey: .seconds))
        case .recordVersions: self = .recordVersions
        case .proveReady: self = .proveReady
        case .breakpoint: self = .breakpoint
        case .procedure:
            self = .procedure(
                name: try container.decode(String.self, forKey: .name),
                arguments: try container.decode([String].self, forKey: .arguments),
                driver: try container.decodeIfPresent(ProcedureDriver.self, forKey: .driver) ?? .agent)
        case .beginStackUpdate: self = .beginStackUpdate
        case .endStackUpdate: self = .endStackUpdate
        case .substep: self = .substep
        case .stopRecorder: self = .stopRecorder
        case .fault: self = .fault(try container.decode(PlannedFault.self, forKey: .details))
        case .healFaults: self = .healFaults
        case .inspect:
            self = .inspect(
                try container.decode(MachineCheck.Moment.self, forKey: .moment),
                checks: try container.decode([MachineCheck].self, forKey: .checks))
        case .scale:
            self = .scale(
                role: try container.decode(String.self, forKey: .role), count: try container.decode(Int.self, forKey: .count),
                forgets: try container.decode(Bool.self, forKey: .forgets))
        default:
            throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "there is no step of kind \(kind)")
        }
    }

    /// Encodes the object form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind, forKey: .kind)
        switch self {
        case .baseline(let seconds):
            try container.encode(seconds, forKey: .seconds)
        case .procedure(let name, let arguments, let driver):
            try container.encode(name, forKey: .name)
            try container.encode(arguments, forKey: .arguments)
            if driver != .agent { try container.encode(driver, forKey: .driver) }
        case .fault(let fault):
            try container.encode(fault, forKey: .details)
        case .inspect(let moment, let checks):
            try container.encode(moment, forKey: .moment)
            try container.encode(checks, forKey: .checks)
        case .scale(let role, let count, let forgets):
            try container.encode(role, forKey: .role)
            try container.encode(count, forKey: .count)
            try container.encode(forgets, forKey: .forgets)
        case .sequence, .concurrent, .startRecorder, .recordVersions, .proveReady, .breakpoint, .beginStackUpdate, .endStackUpdate,
            .substep, .stopRecorder, .healFaults:
            break
        }
    }
}
