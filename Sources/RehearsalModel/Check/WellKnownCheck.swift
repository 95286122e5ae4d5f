/// Checks that are no scripts, and that a scenario chooses as it chooses those that are.
public enum WellKnownCheck: String, Hashable, Codable, Sendable, CaseIterable {
    /// The update of the stack makes no other server, port or network of one that is there; Heat is asked before it begins.
    case nothingReplaced = "nothing-replaced"
    /// Services stop on machines that are being updated alone.
    case bystanders
    /// Of the members of a cluster one at a time is away.
    case members
    /// The stack does not remember the update when a machine joins it.
    case identifierForgotten = "identifier-forgotten"
    /// A machine that joined runs no update.
    case joinsQuietly = "joins-quietly"

    /// What holds if nothing is found, in one line.
    public var summary: String {
        switch self {
        case .nothingReplaced: "no server, port or network would be replaced"
        case .bystanders: "no service stops on a machine that is not being updated"
        case .members: "at most one member of each cluster is away at a time"
        case .identifierForgotten: "the stack remembers no update identifier when a machine joins"
        case .joinsQuietly: "a machine that joins runs no update"
        }
    }

    /// What is judged, as reports name it.
    public var title: String {
        switch self {
        case .nothingReplaced: "before the update: \(summary)"
        case .bystanders, .members: "during the update: \(summary)"
        case .identifierForgotten, .joinsQuietly: "after the update: \(summary)"
        }
    }
}
