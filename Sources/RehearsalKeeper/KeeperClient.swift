import Foundation
import Glibc
public import RehearsalHost
import RehearsalModel
public import RehearsalTestbed

/// A testbed seen from outside its namespaces: speaks to its keeper.
public struct KeeperClient: Testbed {
    /// The testbed's directory.
    public let directory: String

    /// How long a request may take that has no bound of its own, in seconds.
    static let patience = 120.0

    private init(directory: String) { self.directory = directory }

    /// Connects to the keeper of a directory.
    ///
    /// A socket that a dead keeper left is removed.
    /// - Throws: ``TestbedError`` with code `gone` if there is a stale socket, `not-found` if no testbed is up there.
    public static func connect(directory: String) throws -> KeeperClient {
        try connect(directory: directory, removingStale: true)
    }

    static func connect(directory: String, removingStale: Bool) throws -> KeeperClient {
        do {
            close(try UnixHTTP.connect(directory: directory))
            return KeeperClient(directory: directory)
        } catch UnixHTTP.Failure.refused {
            if removingStale { removeStaleSocket(directory: directory) }
            throw keeperGone(directory)
        } catch UnixHTTP.Failure.noSocket {
            throw TestbedError(.notFound, "no testbed is up in \(directory)", hint: "raise it first")
        } catch UnixHTTP.Failure.system(let reason) {
            throw TestbedError(.host, "cannot connect to the keeper in \(directory): \(reason)")
        }
    }

    /// Removes the socket of a dead keeper, and nothing while a keeper lives or starts.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    static func removeStaleSocket(directory: String) -> Bool {
        guard let lock = try? KeeperLock.take(directory: directory) else { return false }
        return withExtendedLifetime(lock) { unlink(directory + "/" + KeeperFiles.socket) == 0 }
    }

    /// The keeper's process number as seen by this process.
    public func keeperPID() throws -> Int32 {
        let socket = try UnixHTTP.connect(directory: directory)
        defer { close(socket) }
        // struct ucred: pid, uid, gid.
        var credentials: (pid_t, uid_t, gid_t) = (0, 0, 0)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else {
            throw TestbedError(.host, "cannot get the number of the keeper in \(directory): \(lastSystemError())")
        }
        return credentials.0
    }

    /// The keeper and its process number.
    public var holder: String { "keeper \((try? keeperPID()) ?? 0)" }

    /// What is up.
    public func testbed() async throws -> TestbedStatus {
        try await call("GET", "/v1/testbed")
    }

    /// Ends the testbed and waits until its keeper is gone.
    ///
    /// - Parameter seconds: The bound, in seconds.
    /// - Throws: ``TestbedError`` with code `timeout`.
    public func end(timeout seconds: Double) async throws {
        do {
            let _: KeeperAnswer.Done = try await call("DELETE", "/v1/testbed")
        } catch let error as TestbedError where error.code == .gone {}
        let deadline = HostClock.monotonicSeconds() + seconds
        while HostClock.monotonicSeconds() < deadline {
            if let lock = try KeeperLock.take(directory: directory) {
                _ = withExtendedLifetime(lock) { unlink(directory + "/" + KeeperFiles.socket) }
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw TestbedError(.timeout, "the testbed in \(directory) did not end in \(DurationText.number(seconds)) s")
    }

    // MARK: Machines

    /// All machines with what they are doing.
    public func machines() async throws -> [MachineStatus] { try await testbed().machines }

    /// The machine of that name.
    public func machine(named name: String) async throws -> any MachineHandle {
        guard try await machines().contains(where: { $0.name == name }) else {
            throw TestbedError(.notFound, "there is no machine '\(name)' in the testbed in \(directory)")
        }
        return KeeperMachine(client: self, name: name)
    }

    /// What has happened to the machines.
    public func events(after sequence: Int, wait seconds: Double) async throws -> [MachineEvent] {
        let answer: KeeperAnswer.Events = try await call(
            "GET", "/v1/events?after=\(sequence)&wait_s=\(seconds)", timeout: seconds + Self.patience)
        return answer.events
    }

    /// Saves all machines as they are at one instant; see ``CheckpointWriter/take(_:to:compressed:)``.
    ///
    /// - Parameters:
    ///   - folder: An absolute path where nothing is.
    ///   - compressed: Whether memory is compressed before this returns.
    public func checkpoint(to folder: String, compressed: Bool) async throws -> Checkpoint {
        try await call("POST", "/v1/checkpoint", KeeperRequest.Checkpoint(folder: folder, compressed: compressed), timeout: 1200)
    }

    /// Brings all machines back, none of which is on; see ``CheckpointWriter/restore(_:from:)``.
    public func restore(from folder: String) async throws -> Checkpoint {
        try await call("POST", "/v1/restore", KeeperRequest.Checkpoint(folder: folder), timeout: 1200)
    }

    // MARK: Processes

    /// Runs a command in the testbed's namespaces and waits for its end.
    ///
    /// - Parameters:
    ///   - log: A file to which its outputs are appended; without it they are in the result.
    ///   - seconds: The bound, in seconds.
    public func run(_ argv: [String], log: String?, timeout seconds: Double) async throws -> CommandResult {
        try await call(
            "POST", "/v1/exec", KeeperRequest.Run(argv: argv, log: log, detached: false, timeoutSeconds: seconds),
            timeout: seconds + Self.patience)
    }

    /// Starts a command in the testbed's namespaces that lives until it ends, is ended, or the testbed goes.
    ///
    /// - Parameter log: A file to which its outputs are appended.
    public func start(_ argv: [String], log: String) async throws -> ProcessStatus {
        try await call("POST", "/v1/exec", KeeperRequest.Run(argv: argv, log: log, detached: true, timeoutSeconds: nil))
    }

    /// A process started with ``start(_:log:)``.
    public func process(_ pid: Int32) async throws -> ProcessStatus {
        try await call("GET", "/v1/processes/\(pid)")
    }

    /// Ends a process started with ``start(_:log:)``: SIGTERM, and SIGKILL after 10 s.
    @discardableResult
    public func endProcess(_ pid: Int32) async throws -> ProcessStatus {
        try await call("DELETE", "/v1/processes/\(pid)")
    }

    // MARK: Transport

    func call<Answer: Decodable>(
        _ method: String, _ target: String, _ body: (any Encodable)? = nil, timeout seconds: Double = patience
    ) async throws -> Answer {
        let response: UnixHTTP.Response
        do {
            let data = try body.map { try JSONEncoder().encode($0) }
            response = try await UnixHTTP.request(
                directory: directory, method: method, target: target, body: data, timeout: seconds)
        } catch let failure as UnixHTTP.Failure {
            switch failure {
            case .noSocket, .ended: throw keeperGone(directory)
            case .refused:
                Self.removeStaleSocket(directory: directory)
                throw keeperGone(directory)
            case .timeout:
                throw TestbedError(
                    .timeout, "the keeper in \(directory) did not answer \(method) \(target) in \(DurationText.number(seconds)) s")
            case .system(let reason):
                throw TestbedError(.host, "cannot ask the keeper in \(directory): \(reason)")
            case .malformed:
                throw TestbedError(.badAnswer, "the keeper in \(directory) answered \(method) \(target) with something that is not HTTP")
            }
        }
        let decoder = JSONDecoder()
        guard (200..<300).contains(response.status) else {
            if let failure = try? decoder.decode(KeeperAnswer.Failure.self, from: response.body) { throw failure.error }
            throw TestbedError(.badAnswer, "the keeper in \(directory) answered \(method) \(target) with status \(response.status)")
        }
        do {
            return try decoder.decode(Answer.self, from: response.body)
        } catch let error as DecodingError {
            throw TestbedError(
                .badAnswer, "the keeper in \(directory) answered \(method) \(target) with something else: \(error.explanation)")
        }
    }
}

private func keeperGone(_ directory: String) -> TestbedError {
    TestbedError(
        .gone, "the testbed's keeper is gone, and the testbed in \(directory) with it",
        hint: "\(KeeperFiles.log) there says what it did last; raise the testbed again")
}
