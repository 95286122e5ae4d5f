public import Foundation
import Glibc
import RehearsalModel

/// Starts, tracks, reaps and ends processes. Each leads a process group of its own.
public actor ProcessTable {
    private struct Entry {
        var status: ProcessStatus
        var timedOut = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private var entries: [Int32: Entry] = [:]

    /// Makes an empty table.
    public init() {}

    /// Runs a command and waits for its end.
    ///
    /// - Parameters:
    ///   - argv: The command and its arguments.
    ///   - input: What it reads from standard input.
    ///   - log: A file to which both outputs are appended; without it they are in the result.
    ///   - seconds: The bound, in seconds; the process group is killed when it is exceeded.
    /// - Throws: ``HostError`` with code `timeout` that names the command, `not-found` or `host`.
    public func run(
        _ argv: [String], input: Data? = nil, log: String? = nil, timeout seconds: Double
    ) async throws -> CommandResult {
        let output = try log.map(openLog) ?? makeNamelessFile()
        defer { close(output) }
        let errors = try log == nil ? makeNamelessFile() : dup(output)
        defer { close(errors) }
        let pid = try launch(argv, input: input, output: output, errors: errors)
        let bound = Task {
            try await Task.sleep(for: .seconds(seconds))
            expire(pid)
        }
        defer { bound.cancel() }
        await wait(pid)
        let entry = entries.removeValue(forKey: pid)
        if entry?.timedOut == true {
            throw HostError(.timeout, "command '\(commandText(argv))' did not end in \(DurationText.number(seconds)) s")
        }
        return CommandResult(
            status: entry?.status.status ?? -1, standardOutput: log == nil ? try contents(output) : "",
            standardError: log == nil ? try contents(errors) : "")
    }

    /// Starts a command that runs until it ends by itself or by ``end(_:grace:)``.
    ///
    /// - Parameter log: A file to which both outputs are appended.
    public func start(_ argv: [String], log: String?) throws -> ProcessStatus {
        let output = try log.map(openLog) ?? openLog("/dev/null")
        defer { close(output) }
        let pid = try launch(argv, input: nil, output: output, errors: output)
        return try status(pid)
    }

    /// A tracked process.
    ///
    /// - Throws: ``HostError`` with code `not-found`.
    public func status(_ pid: Int32) throws -> ProcessStatus {
        guard let entry = entries[pid] else { throw HostError(.notFound, "no process \(pid) was started here") }
        return entry.status
    }

    /// All tracked processes by number.
    public func all() -> [ProcessStatus] { entries.values.map(\.status).sorted { $0.pid < $1.pid } }

    /// Ends a process group: SIGTERM, and SIGKILL after a grace; then forgets it.
    ///
    /// - Parameter seconds: The grace in seconds.
    public func end(_ pid: Int32, grace seconds: Double = 2) async throws -> ProcessStatus {
        guard let entry = entries[pid] else { throw HostError(.notFound, "no process \(pid) was started here") }
        if entry.status.running {
            kill(-pid, SIGTERM)
            let bound = Task {
                try await Task.sleep(for: .seconds(seconds))
                if entries[pid]?.status.running == true { kill(-pid, SIGKILL) }
            }
            await wait(pid)
            bound.cancel()
        }
        return entries.removeValue(forKey: pid)?.status ?? entry.status
    }

    /// Ends everything that still runs.
    public func endAll(grace seconds: Double = 1) async {
        await withTaskGroup(of: Void.self) { group in
            for status in all() where status.running {
                group.addTask { _ = try? await self.end(status.pid, grace: seconds) }
            }
        }
    }

    private func launch(_ argv: [String], input: Data?, output: Int32, errors: Int32) throws -> Int32 {
        let standardInput = try input.map(makeNamelessFile) ?? openForReading("/dev/null")
        defer { close(standardInput) }
        let pid = try spawn(argv, descriptors: [standardInput, output, errors])
        entries[pid] = Entry(status: ProcessStatus(pid: pid, argv: argv, running: true))
        reap(pid) { status in Task { await self.ended(pid, status: status) } }
        return pid
    }

    private func ended(_ pid: Int32, status: Int32) {
        guard var entry = entries[pid] else { return }
        entry.status.running = false
        entry.status.status = status
        let waiters = entry.waiters
        entry.waiters = []
        entries[pid] = entry
        for waiter in waiters { waiter.resume() }
    }

    private func wait(_ pid: Int32) async {
        guard entries[pid]?.status.running == true else { return }
        await withCheckedContinuation { entries[pid]?.waiters.append($0) }
    }

    private func expire(_ pid: Int32) {
        guard entries[pid]?.status.running == true else { return }
        entries[pid]?.timedOut = true
        kill(-pid, SIGKILL)
    }
}

/// Waits for a child on a thread of its own and hands over its exit status; 128 plus the signal's number if a signal ended it.
public func reap(_ pid: pid_t, _ ended: @escaping @Sendable (Int32) -> Void) {
    let thread = Thread {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        ended(signal == 0 ? (status >> 8) & 0xff : 128 + signal)
    }
    thread.stackSize = 1 << 18
    thread.start()
}

private func openLog(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw HostError(.invalidArgument, "cannot open \(path): \(lastSystemError())") }
    return descriptor
}

private func openForReading(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw HostError(.host, "cannot open \(path): \(lastSystemError())") }
    return descriptor
}

/// A file without a name.
private func makeNamelessFile() throws -> Int32 {
    var template = Array((NSTemporaryDirectory() + "/rehearsal-XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw HostError(.host, "cannot make a temporary file: \(lastSystemError())") }
    unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
}

private func makeNamelessFile(_ content: Data) throws -> Int32 {
    let descriptor = try makeNamelessFile()
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    try handle.write(contentsOf: content)
    try handle.seek(toOffset: 0)
    return descriptor
}

private func contents(_ descriptor: Int32) throws -> String {
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    try handle.seek(toOffset: 0)
    return String(decoding: try handle.read(upToCount: 16 << 20) ?? Data(), as: UTF8.self)
}
