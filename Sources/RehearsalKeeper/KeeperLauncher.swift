import Foundation
import Glibc
import RehearsalHost
import RehearsalModel
public import RehearsalTestbed
import Synchronization

/// Starts keepers.
public struct KeeperLauncher: TestbedLauncher {
    /// The keeper's command without its options, for example `["/usr/bin/rehearse", "keeper"]`.
    private let arguments: [String]
    /// How long a keeper may take to be ready, in seconds.
    private let bound: Double

    /// Makes a launcher.
    ///
    /// - Parameters:
    ///   - arguments: The keeper's command without its options, for example `["/usr/bin/rehearse", "keeper"]`.
    ///   - seconds: How long a keeper may take to be ready, in seconds.
    public init(arguments: [String], timeout seconds: Double = 60) {
        self.arguments = arguments
        bound = seconds
    }

    /// Starts a keeper detached from the terminal and waits until it answers.
    ///
    /// The keeper outlives this process. A stale socket is removed. The specification is written to `testbed.json` in the
    /// testbed's directory, which is made if absent.
    /// - Throws: ``TestbedError``: `already-up`, `invalid-argument`, `host`, `timeout`, or what the keeper died of.
    public func launch(_ specification: TestbedSpecification) async throws -> KeeperClient {
        do {
            return try await start(specification)
        } catch let error as HostError {
            throw TestbedError(error)
        }
    }

    private func start(_ specification: TestbedSpecification) async throws -> KeeperClient {
        try specification.validate()
        if specification.isEmbedded, let problem = HostRequirements().problems().first { throw problem }
        let directory = specification.directory
        try makeDirectory(directory)
        guard let lock = try KeeperLock.take(directory: directory) else { throw alreadyUp(directory) }
        unlink(directory + "/" + KeeperFiles.socket)
        let file = directory + "/" + TestbedSpecification.fileName
        try specification.json().write(to: URL(fileURLWithPath: file), options: .atomic)
        let logPath = directory + "/" + KeeperFiles.log
        let log = open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer {
            close(log)
            close(null)
        }
        guard log >= 0, null >= 0 else { throw TestbedError(.host, "cannot open \(logPath): \(lastSystemError())") }
        let logStart = Int(lseek(log, 0, SEEK_END))

        var argv = arguments + ["--specification", file]
        if specification.isEmbedded {
            argv = Namespaces.command(argv)
            Namespaces.allowPriorities()
        }
        var environment = ProcessInfo.processInfo.environment
        environment[KeeperFiles.lockVariable] = "3"
        environment[Namespaces.launcherVariable] = Namespaces.identities()
        let pid = try spawn(argv, environment: environment, descriptors: [null, log, log, lock.descriptor], newSession: true)
        let status = ExitStatus()
        reap(pid) { status.set($0) }
        return try await waitUntilReady(specification, pid: pid, status: status) { Self.tail(logPath, from: logStart) }
    }

    private func makeDirectory(_ directory: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw TestbedError(.host, "cannot make the testbed's directory \(directory): \(error.localizedDescription)")
        }
    }

    /// - Parameter lastWords: The last lines of the keeper's log.
    private func waitUntilReady(
        _ specification: TestbedSpecification, pid: pid_t, status: ExitStatus, lastWords: () -> String
    ) async throws -> KeeperClient {
        let directory = specification.directory
        let hint = "all it said is in \(directory)/\(KeeperFiles.log)"
        let deadline = HostClock.monotonicSeconds() + bound
        while true {
            if let client = try? KeeperClient.connect(directory: directory, removingStale: false) { return client }
            if let status = status.get() {
                throw TestbedError(
                    .host, "the keeper of testbed '\(specification.name)' ended with status \(status): \(lastWords())", hint: hint)
            }
            guard HostClock.monotonicSeconds() < deadline else {
                kill(pid, SIGKILL)
                throw TestbedError(
                    .timeout,
                    "the keeper of testbed '\(specification.name)' was not ready in \(DurationText.number(bound)) s: \(lastWords())",
                    hint: hint)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The last lines of a keeper's log since it was started.
    private static func tail(_ path: String, from offset: Int) -> String {
        guard let data = FileManager.default.contents(atPath: path), data.count > offset else { return "it said nothing" }
        let lines = String(decoding: data[offset...], as: UTF8.self).split(separator: "\n").suffix(4)
        return lines.joined(separator: "; ")
    }
}

private final class ExitStatus: Sendable {
    private let value = Mutex<Int32?>(nil)
    func set(_ status: Int32) { value.withLock { $0 = status } }
    func get() -> Int32? { value.withLock { $0 } }
}
