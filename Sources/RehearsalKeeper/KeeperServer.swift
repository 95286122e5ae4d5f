import FlyingFox
import FlyingSocks
import Foundation
import Glibc
public import RehearsalHost
import RehearsalModel
public import RehearsalTestbed

/// Serves a testbed over HTTP on a unix socket.
public final class KeeperServer: Sendable {
    private let specification: TestbedSpecification
    private let hypervisor: any SnapshottingHypervisor
    private let processes: ProcessTable
    private let writer: CheckpointWriter
    /// One checkpoint is taken or brought back at a time, to its end even if who asked for it dies.
    private let turns = Turns()
    private let started: Timestamp
    private let end: @Sendable () -> Void

    /// Makes a server.
    ///
    /// - Parameters:
    ///   - specification: The testbed's.
    ///   - hypervisor: What runs its machines.
    ///   - processes: The processes in its namespaces.
    ///   - end: Called once somebody asks for the testbed's end, after the answer is on its way.
    public init(
        specification: TestbedSpecification, hypervisor: any SnapshottingHypervisor, processes: ProcessTable,
        end: @escaping @Sendable () -> Void
    ) {
        self.specification = specification
        self.hypervisor = hypervisor
        self.processes = processes
        self.writer = CheckpointWriter(hypervisor: hypervisor, processes: processes)
        self.end = end
        self.started = HostClock.wall()
    }

    /// Serves until the task is cancelled.
    ///
    /// The socket is `keeper.sock` in the directory; a file of that name is replaced. Long paths are no trouble: the socket is
    /// bound through the directory's descriptor.
    /// - Parameter ready: Called when clients can connect.
    public func run(directory: String, ready: @escaping @Sendable () -> Void = {}) async throws {
        let descriptor = open(directory, openPathOnly | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestbedError(.host, "cannot open \(directory): \(lastSystemError())") }
        defer { close(descriptor) }
        unlinkat(descriptor, KeeperFiles.socket, 0)
        let server = HTTPServer(
            config: .init(
                address: .unix(path: "/proc/self/fd/\(descriptor)/\(KeeperFiles.socket)"), timeout: 86400,
                sharedRequestReplaySize: 64 << 20, logger: .disabled),
            handler: ClosureHTTPHandler { [self] in await answer($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask {
                try await server.waitUntilListening(timeout: 10)
                ready()
            }
            defer { unlinkat(descriptor, KeeperFiles.socket, 0) }
            try await group.waitForAll()
        }
    }

    private func answer(_ request: HTTPRequest) async -> HTTPResponse {
        do {
            return try await route(request)
        } catch let error as TestbedError {
            return failure(error)
        } catch let error as HostError {
            return failure(TestbedError(error))
        } catch {
            return json(KeeperAnswer.Failure(error: TestbedError(.hypervisor, error.quoted)), status: .internalServerError)
        }
    }

    private func route(_ request: HTTPRequest) async throws -> HTTPResponse {
        let path = request.path.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
        switch (request.method, path.first == "v1" ? Array(path.dropFirst()) : []) {
        case (.GET, ["testbed"]): return json(try await status())
        case (.DELETE, ["testbed"]):
            defer { end() }
            return json(KeeperAnswer.Done(), status: .accepted)
        case (.GET, ["events"]):
            let after = request.value("after").flatMap { Int($0) } ?? 0
            let wait = min(request.value("wait_s").flatMap { Double($0) } ?? 0, 60)
            return json(KeeperAnswer.Events(events: try await hypervisor.events(after: after, wait: wait)))
        case (.POST, ["checkpoint"]):
            let body = try await request.body(KeeperRequest.Checkpoint.self)
            return json(
                try await turns.next { [self] in
                    try await writer.take(specification, to: body.folder, compressed: body.compressed ?? true)
                })
        case (.POST, ["restore"]):
            let folder = try await request.body(KeeperRequest.Checkpoint.self).folder
            return json(try await turns.next { [self] in try await writer.restore(specification, from: folder) })
        case (.POST, ["exec"]):
            let run = try await request.body(KeeperRequest.Run.self)
            if run.detached == true { return json(try await processes.start(run.argv, log: run.log)) }
            return json(try await processes.run(run.argv, log: run.log, timeout: Self.bound(run.timeoutSeconds)))
        case (.GET, let path) where path.count == 2 && path[0] == "processes":
            return json(try await processes.status(try pid(path[1])))
        case (.DELETE, let path) where path.count == 2 && path[0] == "processes":
            // The recorder gives its attempts in flight 3 s, and then writes what it has.
            return json(try await processes.end(try pid(path[1]), grace: 10))
        case (_, let path) where path.count == 3 && path[0] == "machines":
            return try await answer(request, action: path[2], on: try await hypervisor.machine(named: path[1]))
        default: throw unknown(request)
        }
    }

    /// How long a command may take, in seconds: what a client asked for, within what a clock can hold.
    private static func bound(_ seconds: Double?) -> Double { min(max(seconds ?? 60, 0), DurationText.mostSeconds) }

    private func status() async throws -> TestbedStatus {
        TestbedStatus(
            name: specification.name, directory: specification.directory, accelerator: specification.accelerator,
            connection: specification.connection ?? "embedded", started: started, machines: try await hypervisor.machines(),
            processes: await processes.all())
    }

    private func answer(_ request: HTTPRequest, action: String, on machine: any MachineHandle) async throws -> HTTPResponse {
        switch (request.method, action) {
        case (.POST, "start"): try await machine.start()
        case (.POST, "destroy"): try await machine.destroy()
        case (.POST, "pause"): try await machine.pause()
        case (.POST, "resume"): try await machine.resume()
        case (.POST, "exec"):
            let command = try await request.body(KeeperRequest.GuestExecute.self)
            let input = try command.inputBase64.map { try decode($0, "input_base64") } ?? command.input.map { Data($0.utf8) }
            return json(try await machine.shell.execute(command.argv, input: input, timeout: Self.bound(command.timeoutSeconds)))
        case (.POST, "files"):
            let file = try await request.body(KeeperRequest.WriteFile.self)
            guard let mode = UInt16(file.mode ?? "644", radix: 8) else {
                throw TestbedError(.invalidArgument, "mode '\(file.mode ?? "")' is not octal digits")
            }
            try await machine.shell.write(try decode(file.contentBase64, "content_base64"), to: file.path, mode: mode)
        case (.GET, "files"):
            guard let path = request.value("path") else {
                throw TestbedError(.invalidArgument, "which file? parameter 'path' is missing")
            }
            return json(KeeperAnswer.File(contentBase64: try await machine.shell.read(path).base64EncodedString()))
        default: throw unknown(request)
        }
        return json(MachineStatus(name: machine.name, state: try await machine.state()))
    }

    private func unknown(_ request: HTTPRequest) -> TestbedError {
        TestbedError(.notFound, "the keeper does not know \(request.method.rawValue) \(request.path)")
    }

    private func pid(_ text: String) throws -> Int32 {
        guard let pid = Int32(text), pid > 0 else { throw TestbedError(.invalidArgument, "'\(text)' is not a process number") }
        return pid
    }

    private func decode(_ text: String, _ key: String) throws -> Data {
        guard let data = Data(base64Encoded: text) else { throw TestbedError(.invalidArgument, "\(key) is not base64") }
        return data
    }

    private func failure(_ error: TestbedError) -> HTTPResponse {
        json(KeeperAnswer.Failure(error: error), status: statusCode(error.code))
    }

    private func statusCode(_ code: TestbedError.Code) -> HTTPStatusCode {
        switch code {
        case .invalidArgument: .badRequest
        case .notFound: .notFound
        case .invalidState, .alreadyUp: .conflict
        case .timeout: .gatewayTimeout
        case .guestAgent: .badGateway
        default: .internalServerError
        }
    }

    private func json(_ value: some Encodable, status: HTTPStatusCode = .ok) -> HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(value)) ?? Data("{}".utf8)
        return HTTPResponse(statusCode: status, headers: [.contentType: "application/json"], body: data + Data("\n".utf8))
    }
}

extension HTTPRequest {
    /// The value of a parameter in the request's target.
    fileprivate func value(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The request's body, read as JSON.
    fileprivate func body<T: Decodable>(_ type: T.Type) async throws -> T {
        do {
            return try JSONDecoder().decode(type, from: try await bodyData)
        } catch let error as DecodingError {
            throw TestbedError(.invalidArgument, "cannot read the request \(method.rawValue) \(path): \(error.explanation)")
        }
    }
}

/// Lets one piece of work begin when the one before it has ended.
private actor Turns {
    private var last: Task<Void, Never>?

    func next<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) async throws -> T {
        let before = last
        let task = Task {
            await before?.value
            return try await work()
        }
        last = Task { _ = try? await task.value }
        return try await task.value
    }
}
