/// A process that a ``ProcessTable`` started.
public struct ProcessStatus: Codable, Sendable, Equatable {
    /// Its number in the PID namespace of the table.
    public var pid: Int32
    /// The command.
    public var argv: [String]
    /// Whether it still runs.
    public var running: Bool
    /// The exit status once it has ended; 128 plus the signal's number if a signal ended it.
    public var status: Int32?

    /// Makes a status.
    public init(pid: Int32, argv: [String], running: Bool, status: Int32? = nil) {
        self.pid = pid
        self.argv = argv
        self.running = running
        self.status = status
    }
}
