public import Foundation

/// What runs the machines of one testbed.
public protocol Hypervisor: Sendable {
    /// All machines with what they are doing, in the order of the specification.
    func machines() async throws -> [MachineStatus]

    /// The machine of that name.
    ///
    /// - Throws: ``TestbedError`` with code `not-found`.
    func machine(named name: String) async throws -> any MachineControl

    /// What has happened to the machines, oldest first.
    ///
    /// - Parameters:
    ///   - sequence: Events up to and with this number are left out; 0 gives all.
    ///   - seconds: How long to wait for the first event if there is none, in seconds.
    /// - Returns: The events, none if nothing happened in time.
    func events(after sequence: Int, wait seconds: Double) async throws -> [MachineEvent]
}

extension Hypervisor {
    /// What has happened so far and happens from now on; ends with an error when the hypervisor is gone.
    public func eventStream(after sequence: Int = 0) -> AsyncThrowingStream<MachineEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                var last = sequence
                do {
                    while !Task.isCancelled {
                        for event in try await events(after: last, wait: 20) {
                            continuation.yield(event)
                            last = event.sequence
                        }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

/// One machine's power switch.
public protocol MachineControl: Sendable {
    /// The machine's name.
    var name: String { get }

    /// Commands and files in the guest, over the guest agent.
    var shell: any GuestShell { get }

    /// What the machine is doing.
    func state() async throws -> MachineState

    /// Switches the machine on.
    func start() async throws

    /// Switches the machine off at once, as pulling its plug would; nothing if it is off.
    func destroy() async throws

    /// Freezes the machine.
    func pause() async throws

    /// Lets a frozen machine go on.
    func resume() async throws
}

/// A hypervisor that can save machines and bring them back, one by one; ``CheckpointWriter`` makes whole testbeds of it.
public protocol MachineSaver: Hypervisor {
    /// The versions of what runs the machines, in one line; saved memory only fits the very same.
    func engine() async -> String

    /// Writes what a machine's memory and disk hold at this moment into a folder, the memory as `NAME.memory`.
    ///
    /// The machine stays as it is, on or frozen. Its disk becomes an overlay on what was written, of which nothing is copied.
    /// - Returns: The names of the files in the folder that make up the disk, the lowest overlay first; none for a machine without disk.
    func snapshot(_ machine: String, to folder: String) async throws -> [String]

    /// Brings a machine back that is off; it stands still until ``MachineControl/resume()``.
    ///
    /// - Parameters:
    ///   - memory: The file ``snapshot(_:to:)`` wrote; not needed any more afterwards.
    ///   - disks: The paths of the files that make up its disk, the lowest overlay first; they are not changed: the machine gets an
    ///     overlay on them.
    ///   - saved: The machine's specification when it was saved.
    func restore(_ machine: String, memory: String, disks: [String], savedAs saved: TestbedSpecification.Machine) async throws

    /// Tells a machine what time it is: its clock stood still with it.
    func setClock(_ machine: String) async throws
}

/// Commands and files in a guest.
///
/// The guest agent of a machine serves one request at a time; a command that runs does not hinder the next. Machines do not
/// wait for one another.
public protocol GuestShell: Sendable {
    /// Runs a command and waits for its end; waits for the guest agent too if it is not up yet.
    ///
    /// A command that fails is a result, not an error.
    /// - Parameters:
    ///   - argv: The command and its arguments; no shell is involved.
    ///   - input: What the command reads from standard input.
    ///   - seconds: The bound for all of it, in seconds.
    /// - Throws: ``TestbedError`` with code `timeout` that names the command, or `guest-agent`.
    func execute(_ argv: [String], input: Data?, timeout seconds: Double) async throws -> CommandResult

    /// Writes a file, replacing it at once, and makes the directories above it.
    ///
    /// - Parameter mode: Permissions, for example `0o755`.
    func write(_ content: Data, to path: String, mode: UInt16) async throws

    /// Reads a file.
    func read(_ path: String) async throws -> Data
}

extension GuestShell {
    /// Runs a command without input.
    public func execute(_ argv: [String], timeout seconds: Double) async throws -> CommandResult {
        try await execute(argv, input: nil, timeout: seconds)
    }
}

/// How a command ended.
public struct CommandResult: Codable, Sendable, Equatable {
    /// The exit status; 128 plus the signal's number if a signal ended the command.
    public var status: Int32
    /// What it wrote to standard output; bytes that are not UTF-8 are replaced.
    public var standardOutput: String
    /// What it wrote to standard error; bytes that are not UTF-8 are replaced.
    public var standardError: String

    /// Makes a result.
    public init(status: Int32, standardOutput: String = "", standardError: String = "") {
        self.status = status
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    /// Whether the status is 0.
    public var isSuccess: Bool { status == 0 }

    private enum CodingKeys: String, CodingKey {
        case status
        case standardOutput = "stdout"
        case standardError = "stderr"
    }
}

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

/// Something that happened to a machine.
public struct MachineEvent: Codable, Sendable, Equatable {
    /// Counts from 1 within the testbed.
    public var sequence: Int
    /// When, in nanoseconds since the Unix epoch, UTC.
    public var time: Int64
    /// The machine's name.
    public var machine: String
    /// What happened: `defined`, `started`, `paused`, `resumed`, `stopped`, `shutdown`, `crashed`, ….
    public var kind: String
    /// Why, if it is known, for example `destroyed`.
    public var reason: String?

    /// Makes an event.
    public init(sequence: Int, time: Int64, machine: String, kind: String, reason: String? = nil) {
        self.sequence = sequence
        self.time = time
        self.machine = machine
        self.kind = kind
        self.reason = reason
    }
}
