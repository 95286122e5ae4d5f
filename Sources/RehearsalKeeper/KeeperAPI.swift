public import RehearsalHost
public import RehearsalModel
public import RehearsalTestbed

/// The state of a keeper's testbed: the answer to `GET /v1/testbed`.
public struct TestbedStatus: Codable, Sendable, Equatable {
    /// The testbed's name.
    public var name: String
    /// The directory that holds its state.
    public var directory: String
    /// How guests are run.
    public var accelerator: Accelerator
    /// The libvirt URI.
    public var connection: String
    /// When the keeper was ready.
    public var started: Timestamp
    /// The machines.
    public var machines: [MachineStatus]
    /// The processes started in the testbed's namespaces and not yet forgotten.
    public var processes: [ProcessStatus]

    /// Makes a status.
    public init(
        name: String, directory: String, accelerator: Accelerator, connection: String, started: Timestamp,
        machines: [MachineStatus], processes: [ProcessStatus]
    ) {
        self.name = name
        self.directory = directory
        self.accelerator = accelerator
        self.connection = connection
        self.started = started
        self.machines = machines
        self.processes = processes
    }
}

/// Bodies of requests; keys as in the documented JSON.
enum KeeperRequest {
    struct GuestExecute: Codable {
        var argv: [String]
        var timeoutSeconds: Double?
        var inputBase64: String?
        var input: String?

        enum CodingKeys: String, CodingKey {
            case argv, input
            case timeoutSeconds = "timeout_s"
            case inputBase64 = "input_base64"
        }
    }

    struct WriteFile: Codable {
        var path: String
        var contentBase64: String
        var mode: String?

        enum CodingKeys: String, CodingKey {
            case path, mode
            case contentBase64 = "content_base64"
        }
    }

    struct Checkpoint: Codable {
        var folder: String
        var compressed: Bool?
    }

    struct Run: Codable {
        var argv: [String]
        var log: String?
        var detached: Bool?
        var timeoutSeconds: Double?

        enum CodingKeys: String, CodingKey {
            case argv, log, detached
            case timeoutSeconds = "timeout_s"
        }
    }
}

/// Bodies of answers.
enum KeeperAnswer {
    struct Failure: Codable { var error: TestbedError }
    struct File: Codable {
        var contentBase64: String

        enum CodingKeys: String, CodingKey { case contentBase64 = "content_base64" }
    }
    struct Events: Codable { var events: [MachineEvent] }
    struct Done: Codable { var ok = true }
}
