public import RehearsalHost

/// A testbed that is up, on whichever hosts its machines are.
///
/// Whoever drives a testbed needs nothing else. Its processes run, and the files that they write lie, where the recorder runs.
public protocol Testbed: Hypervisor {
    /// What holds the testbed, for people: for example `keeper 4711`.
    var holder: String { get }

    // MARK: Checkpoints

    /// Saves all machines as they are at one instant; they run on afterwards, also after a failure.
    ///
    /// The folder appears whole or not at all.
    /// - Parameters:
    ///   - folder: An absolute path where nothing is.
    ///   - compressed: Whether memory is compressed before this returns, which costs the machines much of their processor time.
    /// - Throws: ``TestbedError``.
    func checkpoint(to folder: String, compressed: Bool) async throws -> Checkpoint

    /// Brings all machines back as they were. Before, they must be off; afterwards they run on together, and their clocks show the present.
    ///
    /// - Throws: ``TestbedError`` with code `invalid-state` when the checkpoint does not fit or is damaged; all machines are then off.
    func restore(from folder: String) async throws -> Checkpoint

    // MARK: Processes

    /// Runs a command inside the testbed's networks and waits for its end.
    ///
    /// - Parameters:
    ///   - log: A file to which its outputs are appended; without it they are in the result.
    ///   - seconds: The bound, in seconds.
    /// - Throws: ``TestbedError`` with code `timeout` that names the command.
    func run(_ argv: [String], log: String?, timeout seconds: Double) async throws -> CommandResult

    /// Starts a command inside the testbed's networks that runs until it ends by itself, ``endProcess(_:)`` ends it, or the testbed ends.
    ///
    /// - Parameter log: A file to which its outputs are appended.
    func start(_ argv: [String], log: String) async throws -> ProcessStatus

    /// A process that was started with ``start(_:log:)``.
    ///
    /// - Throws: ``TestbedError`` with code `not-found`.
    func process(_ pid: Int32) async throws -> ProcessStatus

    /// Ends a process that was started with ``start(_:log:)``: by SIGTERM, and by SIGKILL after 10 s.
    @discardableResult
    func endProcess(_ pid: Int32) async throws -> ProcessStatus

    // MARK: The end

    /// Ends the testbed and waits until what held it is gone.
    ///
    /// - Parameter seconds: The bound, in seconds.
    /// - Throws: ``TestbedError`` with code `timeout`.
    func end(timeout seconds: Double) async throws
}

extension Testbed {
    /// Saves all machines as they are at one instant, their memory compressed.
    public func checkpoint(to folder: String) async throws -> Checkpoint { try await checkpoint(to: folder, compressed: true) }

    /// Runs a command inside the testbed's networks; its outputs are in the result.
    ///
    /// - Parameter seconds: The bound, in seconds.
    public func run(_ argv: [String], timeout seconds: Double = 60) async throws -> CommandResult {
        try await run(argv, log: nil, timeout: seconds)
    }

    /// Ends the testbed and waits until what held it is gone, at most 15 s.
    ///
    /// - Throws: ``TestbedError`` with code `timeout`.
    public func end() async throws { try await end(timeout: 15) }
}

/// Starts what holds a testbed.
public protocol TestbedLauncher: Sendable {
    /// The testbeds it starts.
    associatedtype Launched: Testbed

    /// Starts a testbed whose machines are defined and off.
    ///
    /// - Throws: ``TestbedError``, or ``HostError`` for what the host lacks.
    func launch(_ specification: TestbedSpecification) async throws -> Launched
}
