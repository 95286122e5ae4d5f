public import RehearsalModel

/// Something that happened to a machine.
public struct MachineEvent: Codable, Sendable, Equatable {
    /// Counts from 1 within the testbed.
    public var sequence: Int
    /// When.
    public var time: Timestamp
    /// The machine's name.
    public var machine: String
    /// What happened: `defined`, `started`, `paused`, `resumed`, `stopped`, `shutdown`, `crashed`, ….
    public var kind: String
    /// Why, if it is known, for example `destroyed`.
    public var reason: String?

    /// Makes an event.
    public init(sequence: Int, time: Timestamp, machine: String, kind: String, reason: String? = nil) {
        self.sequence = sequence
        self.time = time
        self.machine = machine
        self.kind = kind
        self.reason = reason
    }
}
