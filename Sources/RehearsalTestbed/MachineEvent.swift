public import RehearsalModel

/// Something that happened to a machine.
public struct MachineEvent: Codable, Sendable, Equatable {
    /// What happened.
    public enum Kind: String, Codable, Sendable {
        /// A configuration was added or changed.
        case defined
        /// A configuration was removed.
        case undefined
        /// It runs.
        case started
        /// It is paused.
        case paused
        /// It is paused because the host cannot store what it wrote.
        case stalled
        /// It runs again.
        case resumed
        /// It was reset, and begins anew without ever having been off.
        case restarted
        /// It is off.
        case stopped
        /// Its system has shut itself down; `stopped` follows.
        case shutdown
        /// Its power management suspended it.
        case suspended
        /// It crashed.
        case crashed
        /// A kind that this program does not know.
        case unknown

        /// Reads a kind; a word of a newer keeper is unknown.
        public init(from decoder: any Decoder) throws {
            self = Kind(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .unknown
        }
    }

    /// Counts from 1 within the testbed.
    public var sequence: Int
    /// When.
    public var time: Timestamp
    /// The machine's name.
    public var machine: String
    /// What happened.
    public var kind: Kind
    /// Why, if it is known, for example `destroyed`.
    public var reason: String?

    /// Makes an event.
    public init(sequence: Int, time: Timestamp, machine: String, kind: Kind, reason: String? = nil) {
        self.sequence = sequence
        self.time = time
        self.machine = machine
        self.kind = kind
        self.reason = reason
    }
}
