/// Checks that are no scripts, and that a scenario chooses as it chooses those that are.
public enum WellKnownCheck: String, Hashable, Codable, Sendable, CaseIterable {
    /// The update of the stack makes no other server, port or network of one that is there; Heat is asked before it begins.
    case nothingReplaced = "nothing-replaced"
    /// The machines' clocks go together, before and after the update.
    case clocksTogether = "clocks-together"
    /// Services stop on machines that are being updated alone.
    case bystanders
    /// Of the members of a cluster one at a time is away.
    case members
    /// No two machines are updated at the same time.
    case inFlight = "in-flight"
    /// Pacemaker and systemd give up on no stop.
    case stopsInTime = "stops-in-time"
    /// The stack's environment has no hook any more when the update has ended.
    case hooksCleared = "hooks-cleared"
    /// The stack does not remember the update when a machine joins it.
    case identifierForgotten = "identifier-forgotten"
    /// A machine that joined runs no update.
    case joinsQuietly = "joins-quietly"

    /// What holds if nothing is found, in one line.
    public var summary: String {
        switch self {
        case .nothingReplaced: "no server, port or network would be replaced"
        case .clocksTogether: "the machines' clocks are within \(Int(Self.clockSpreadSeconds)) s of each other"
        case .bystanders: "no service stops on a machine that is not being updated"
        case .members: "at most one member of each cluster is away at a time"
        case .inFlight: "one machine at a time is being updated"
        case .stopsInTime: "no service takes longer to stop than it may"
        case .hooksCleared: "no hook is left in the stack"
        case .identifierForgotten: "the stack remembers no update identifier when a machine joins"
        case .joinsQuietly: "a machine that joins runs no update"
        }
    }

    /// How far the clocks of two machines may be apart, in seconds. Keystone's tokens and Galera's logs bear more; what is read of an emulated
    /// machine's clock is off by a second or two.
    public static let clockSpreadSeconds = 5.0

    /// What is judged, as reports name it.
    public var title: String {
        switch self {
        case .nothingReplaced, .clocksTogether: title(.before)
        case .bystanders, .members, .inFlight, .stopsInTime: "during the update: \(summary)"
        case .hooksCleared, .identifierForgotten, .joinsQuietly: title(.after)
        }
    }

    /// The same, where it is looked for at more moments than one.
    public func title(_ moment: MachineCheck.Moment) -> String { "\(moment.rawValue) the update: \(summary)" }
}
