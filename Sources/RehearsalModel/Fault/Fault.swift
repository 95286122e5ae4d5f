/// A fault that a scenario wants.
public struct Fault: Hashable, Codable, Sendable {
    /// The name of its kind.
    public let kind: String
    /// What it is told, by the names of the kind's arguments, all of them.
    public let arguments: [String: String]
    /// The machine; nil for one that the seed decides.
    public let machine: String?
    /// When it is injected.
    public let moment: FaultMoment
    /// How long it lasts, in seconds; nil until the update has ended.
    public let seconds: Double?
    /// Where it is written, as `file:line:column`.
    public let source: String
    /// Whether nothing is felt of it by itself (``FaultKind/isLatent``).
    public let isLatent: Bool

    /// Makes a fault.
    public init(
        kind: String, arguments: [String: String] = [:], machine: String?, moment: FaultMoment, seconds: Double? = nil, source: String = "",
        isLatent: Bool = false
    ) {
        self.kind = kind
        self.arguments = arguments
        self.machine = machine
        self.moment = moment
        self.seconds = seconds
        self.source = source
        self.isLatent = isLatent
    }
}

/// A fault of a plan: everything about it is decided.
public struct PlannedFault: Hashable, Codable, Sendable {
    /// The name of its kind.
    public let kind: String
    /// What it is told.
    public let arguments: [String: String]
    /// On which side of the step it is injected.
    public let edge: FaultEdge
    /// The step that it waits for.
    public let step: StepID
    /// How long after the start of the step, in seconds, for one that comes during it.
    public let delaySeconds: Double
    /// How long it lasts, in seconds; nil until the update has ended.
    public let seconds: Double?
    private let latent: Bool?

    /// Whether nothing is felt of it by itself (``FaultKind/isLatent``).
    public var isLatent: Bool { latent ?? false }

    /// Makes a fault of a plan.
    public init(
        kind: String, arguments: [String: String] = [:], edge: FaultEdge, step: StepID, delaySeconds: Double = 0, seconds: Double? = nil,
        isLatent: Bool = false
    ) {
        self.kind = kind
        self.arguments = arguments
        self.edge = edge
        self.step = step
        self.delaySeconds = delaySeconds
        self.seconds = seconds
        latent = isLatent ? true : nil
    }

    /// A fault for people, the name of its step: "slow-service (percent 5, service haproxy)".
    public static func title(_ kind: String, _ arguments: [String: String]) -> String {
        guard !arguments.isEmpty else { return kind }
        return "\(kind) (\(arguments.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")))"
    }

    private enum CodingKeys: String, CodingKey {
        case kind = "fault"
        case arguments, edge, step, latent
        case delaySeconds = "delay_s"
        case seconds = "for_s"
    }
}
