public import RehearsalModel

/// Something that happened to a machine.
public struct MachineEvent: Codable, Sendable, Equatable {
    /// Counts from 1 within the testbed.
    public var sequence: Int
    /// When.
    public var time: Timestamp
    /// The machine's name.
    public var machine: String
    /// What happened: `defined`, `started`, `paused`, `resumed`, `restarted`, `stopped`, `shutdown`, `crashed`, ….
    public var kind: String
    /// Why, if it is known, for example `destroyed`.
    public var reason: String?

    /// How the reason of a pause begins that the host's disk is to blame for.
    public static let storageTrouble = "I/O error"

    /// Makes an event.
    public init(sequence: Int, time: Timestamp, machine: String, kind: String, reason: String? = nil) {
        self.sequence = sequence
        self.time = time
        self.machine = machine
        self.kind = kind
        self.reason = reason
    }
}
