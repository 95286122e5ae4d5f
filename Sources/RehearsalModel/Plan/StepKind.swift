/// What kind of action a step takes; the word that plans, stores and reports write for it.
///
/// The words are open: a store may hold one that a later version of Rehearsal has written.
public struct StepKind: RawRepresentable, Hashable, Sendable {
    /// The written form, such as `procedure`.
    public let rawValue: String

    /// Makes a kind of its written form.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Its children, one after the other.
    public static let sequence = StepKind(rawValue: "sequence")
    /// Its children, all at once.
    public static let concurrent = StepKind(rawValue: "concurrent")
    /// The recorder is started.
    public static let startRecorder = StepKind(rawValue: "startRecorder")
    /// Quiet time passes.
    public static let baseline = StepKind(rawValue: "baseline")
    /// The package versions of all machines are noted.
    public static let recordVersions = StepKind(rawValue: "recordVersions")
    /// The whole testbed is proven ready.
    public static let proveReady = StepKind(rawValue: "proveReady")
    /// An operator lets a machine go on.
    public static let breakpoint = StepKind(rawValue: "breakpoint")
    /// A machine runs a procedure.
    public static let procedure = StepKind(rawValue: "procedure")
    /// The update of the overcloud's stack is begun.
    public static let beginStackUpdate = StepKind(rawValue: "beginStackUpdate")
    /// The update of the overcloud's stack is awaited.
    public static let endStackUpdate = StepKind(rawValue: "endStackUpdate")
    /// A sub-step of a procedure.
    public static let substep = StepKind(rawValue: "substep")
    /// The recorder is stopped.
    public static let stopRecorder = StepKind(rawValue: "stopRecorder")
    /// Something is broken, until it is healed.
    public static let fault = StepKind(rawValue: "fault")
    /// What is still broken is healed.
    public static let healFaults = StepKind(rawValue: "healFaults")
    /// Machines are looked at for what should not be there.
    public static let inspect = StepKind(rawValue: "inspect")
    /// Machines join the testbed, or leave it.
    public static let scale = StepKind(rawValue: "scale")
    /// A step that the journal tells of but the plan does not hold.
    public static let unplanned = StepKind(rawValue: "step")

    /// Whether a step of this kind only watches, waits, or holds others together: it touches no service, so that no outage is its doing.
    public var isHarmless: Bool {
        isGroup
            || [.startRecorder, .baseline, .recordVersions, .proveReady, .breakpoint, .stopRecorder, .healFaults, .inspect].contains(self)
    }

    /// Whether a step of this kind only holds others together.
    public var isGroup: Bool { self == .sequence || self == .concurrent }
}

extension StepKind: CustomStringConvertible {
    /// The written form.
    public var description: String { rawValue }
}

extension StepKind: Codable {
    /// Decodes the written form.
    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    /// Encodes the written form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

extension Action {
    /// The kind of the action.
    public var kind: StepKind {
        switch self {
        case .sequence: .sequence
        case .concurrent: .concurrent
        case .startRecorder: .startRecorder
        case .baseline: .baseline
        case .recordVersions: .recordVersions
        case .proveReady: .proveReady
        case .breakpoint: .breakpoint
        case .procedure: .procedure
        case .beginStackUpdate: .beginStackUpdate
        case .endStackUpdate: .endStackUpdate
        case .substep: .substep
        case .stopRecorder: .stopRecorder
        case .fault: .fault
        case .healFaults: .healFaults
        case .inspect: .inspect
        case .scale: .scale
        }
    }
}
