/// What a machine is doing.
public enum MachineState: String, Codable, Sendable {
    /// Running.
    case running
    /// Frozen; its memory is alive.
    case paused
    /// Switched off.
    case off
    /// Ended by a failure of the guest or of the hypervisor.
    case crashed
}

/// A machine and what it is doing.
public struct MachineStatus: Codable, Sendable, Equatable {
    /// The machine's name.
    public var name: String
    /// What it is doing.
    public var state: MachineState

    /// Makes a status.
    public init(name: String, state: MachineState) {
        self.name = name
        self.state = state
    }
}
