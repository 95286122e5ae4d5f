import Foundation
import Glibc
import Synchronization

@testable import RehearsalRecorder

/// A process group that a test started, with a directory of its own; both are gone after `stop`.
final class ServerProcess {
    let directory: URL
    /// The process, which leads its group; -1 when it is not running.
    private(set) var identifier: Int32 = -1

    init(_ name: String) throws {
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("rehearsal-\(name)-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// Runs a command to its end and returns its output.
    @discardableResult
    static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    var log: String {
        (try? String(contentsOf: directory.appendingPathComponent("log"), encoding: .utf8)) ?? ""
    }

    /// Starts a program, its output going to the log.
    ///
    /// Not with Foundation's `Process`, whose wait lasts until the last daemon that the program leaves behind has ended.
    func start(_ arguments: [String], environment: [String: String] = [:]) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let path = directory.appendingPathComponent("log").path
        posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let words = arguments.map { strdup($0) } + [nil]
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var started: pid_t = 0
        let status = posix_spawnp(&started, arguments[0], &actions, &attributes, words, variables)
        guard status == 0 else { throw Impatient(description: "cannot start \(arguments[0]): error \(status)") }
        identifier = started
    }

    /// Signals the whole group.
    func signal(_ number: Int32) {
        if identifier > 0 { kill(-identifier, number) }
    }

    /// Ends the group at once and waits for its leader.
    func end() {
        guard identifier > 0 else { return }
        signal(SIGKILL)
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        identifier = -1
    }

    func stop() {
        end()
        try? FileManager.default.removeItem(at: directory)
    }
}
