internal import Foundation
internal import Glibc
internal import Synchronization

/// The command line that puts a process into namespaces of its own.
public enum NamespaceLauncher {
    /// Whether namespaces of this process's user need a user namespace around them.
    ///
    /// Root without a range in `/etc/subuid` does without: nothing could be mapped but root itself.
    public static func needsUserNamespace() -> Bool {
        needsUserNamespace(userID: geteuid(), subordinateIDs: try? String(contentsOfFile: "/etc/subuid", encoding: .utf8))
    }

    static func needsUserNamespace(userID: UInt32, subordinateIDs: String?) -> Bool {
        guard userID == 0 else { return true }
        return (subordinateIDs ?? "").split(separator: "\n").contains { $0.hasPrefix("root:") || $0.hasPrefix("0:") }
    }

    /// A command in network, PID and mount namespaces (and a user namespace where needed), under an init that reaps.
    ///
    /// Everything in them ends when the outermost process, the init or the command does.
    public static func command(_ argv: [String], userNamespace: Bool = needsUserNamespace()) -> [String] {
        ["unshare"] + (userNamespace ? ["--user", "--map-root-user", "--map-auto"] : [])
            + ["--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "--", "tini", "--"] + argv
    }

    /// The identities of this process's namespaces that a keeper must leave behind.
    static func identities() -> String {
        ["mnt", "net", "pid"].map { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\($0)")) ?? $0 }
            .joined(separator: " ")
    }

    /// Makes sure that this process is in namespaces of its own, before it mounts or makes anything.
    ///
    /// - Throws: ``TestbedError`` with code `host`.
    public static func requireOwnNamespaces() throws {
        guard let host = ProcessInfo.processInfo.environment[KeeperFiles.hostVariable] else {
            throw TestbedError(
                .host, "a keeper of embedded machines was not started in namespaces of its own", hint: "let 'rehearse up' start it")
        }
        let own = Set(identities().split(separator: " "))
        guard own.isDisjoint(with: host.split(separator: " ")) else {
            throw TestbedError(.host, "a keeper of embedded machines runs in the host's namespaces", hint: "let 'rehearse up' start it")
        }
    }
}

/// Starts keepers.
public enum KeeperLauncher {
    /// Starts a keeper detached from the terminal and waits until it answers.
    ///
    /// The keeper outlives this process. A stale socket is removed. The specification is written to `testbed.json` in the
    /// testbed's directory, which is made if absent.
    /// - Parameters:
    ///   - specification: The testbed's.
    ///   - arguments: The keeper's command without its options, for example `["/usr/bin/rehearse", "keeper"]`.
    ///   - seconds: How long the keeper may take to be ready, in seconds.
    /// - Throws: ``TestbedError``: `already-up`, `invalid-argument`, `host`, `timeout`, or what the keeper died of.
    public static func launch(
        specification: TestbedSpecification, arguments: [String], timeout seconds: Double = 60
    ) async throws -> KeeperClient {
        try specification.validate()
        if specification.isEmbedded, let problem = HostRequirements().problems().first { throw problem }
        let directory = specification.directory
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw TestbedError(.host, "cannot make the testbed's directory \(directory): \(error.localizedDescription)")
        }
        guard let lock = try KeeperLock.take(directory: directory) else { throw alreadyUp(directory) }
        unlink(directory + "/" + KeeperFiles.socket)
        let file = directory + "/" + KeeperFiles.specification
        try specification.json().write(to: URL(fileURLWithPath: file), options: .atomic)
        let logPath = directory + "/" + KeeperFiles.log
        let log = open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer {
            close(log)
            close(null)
        }
        guard log >= 0, null >= 0 else { throw TestbedError(.host, "cannot open \(logPath): \(lastSystemError())") }
        let logStart = lseek(log, 0, SEEK_END)

        var argv = arguments + ["--specification", file]
        if specification.isEmbedded { argv = NamespaceLauncher.command(argv) }
        var environment = ProcessInfo.processInfo.environment
        environment[KeeperFiles.lockVariable] = "3"
        environment[KeeperFiles.hostVariable] = NamespaceLauncher.identities()
        let pid = try spawn(argv, environment: environment, descriptors: [null, log, log, lock.descriptor], newSession: true)
        let status = ExitStatus()
        reap(pid) { status.set($0) }

        let deadline = monotonicSeconds() + seconds
        while true {
            if let client = try? KeeperClient.connect(directory: directory, removingStale: false) { return client }
            if let status = status.get() {
                throw TestbedError(
                    .host,
                    "the keeper of testbed '\(specification.name)' ended with status \(status): \(tail(logPath, from: Int(logStart)))",
                    hint: "all it said is in \(logPath)")
            }
            guard monotonicSeconds() < deadline else {
                kill(pid, SIGKILL)
                throw TestbedError(
                    .timeout,
                    "the keeper of testbed '\(specification.name)' was not ready in \(format(seconds)) s: \(tail(logPath, from: Int(logStart)))",
                    hint: "all it said is in \(logPath)")
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
