public import Foundation
public import RehearsalHost
import RehearsalModel
public import RehearsalTestbed

/// A testbed in memory, whose guests and processes run closures; for tests.
///
/// It is the hypervisor that a keeper holds and the testbed that an engine drives, at once. Only checkpoints are files, in the folders
/// that they are saved to.
public actor FakeHypervisor: SnapshottingHypervisor, Testbed {
    /// What a guest does with a command.
    public typealias Command = @Sendable (_ machine: String, _ argv: [String], _ input: Data?) async throws -> CommandResult

    private let names: [String]
    private let command: Command
    private let log = EventLog()
    private var states: [String: MachineState] = [:]
    private var files: [String: Data] = [:]
    private var modes: [String: UInt16] = [:]
    private var version = "fake 1"
    private var steps: [String: Data] = [:]
    private var consoles: [String: [String]] = [:]
    private var processes: [Int32: ProcessStatus] = [:]
    private var clocksSet: [String] = []
    private var isGone = false
    private var commands: [(machine: String, argv: [String])] = []

    /// Makes a hypervisor whose machines are switched off.
    ///
    /// - Parameters:
    ///   - machines: Their names.
    ///   - command: What a running guest does with a command; by default it succeeds and repeats the words.
    public init(
        machines: [String],
        command: @escaping Command = { _, argv, _ in CommandResult(status: 0, standardOutput: argv.joined(separator: " ") + "\n") }
    ) {
        self.names = machines
        self.command = command
        for name in machines { states[name] = .off }
    }

    /// All machines with what they are doing.
    public func machines() async throws -> [MachineStatus] {
        try requireThere()
        return names.map { MachineStatus(name: $0, state: states[$0] ?? .off) }
    }

    /// The machine of that name.
    public func machine(named name: String) async throws -> any MachineHandle {
        guard names.contains(name) else { throw TestbedError(.notFound, "there is no machine '\(name)'") }
        return FakeMachine(hypervisor: self, name: name)
    }

    /// What has happened to the machines.
    public func events(after sequence: Int, wait seconds: Double) async throws -> [MachineEvent] {
        try requireThere()
        return await log.events(after: sequence, wait: seconds)
    }

    /// The commands guests were given, in order.
    public func executed() -> [(machine: String, argv: [String])] { commands }

    /// A file of a guest; nil if it is absent.
    public func file(_ path: String, on machine: String) -> (content: Data, mode: UInt16)? {
        files["\(machine):\(path)"].map { ($0, modes["\(machine):\(path)"] ?? 0o644) }
    }

    /// Puts a file into a guest.
    public func put(_ content: Data, at path: String, on machine: String, mode: UInt16 = 0o644) {
        files["\(machine):\(path)"] = content
        modes["\(machine):\(path)"] = mode
    }

    /// Becomes one whose keeper was killed.
    public func vanish() { isGone = true }

    private func requireThere() throws {
        if isGone { throw TestbedError(.gone, "the keeper is gone") }
    }

    /// Ends a machine as a crash would.
    public func crash(_ machine: String) async {
        states[machine] = .crashed
        await log.append(machine: machine, kind: .crashed)
    }

    /// Resets a machine, as its own kernel might.
    public func reset(_ machine: String) async { await log.append(machine: machine, kind: .restarted) }

    /// Has a machine stand still, as for want of room on the host.
    public func stall(_ machine: String, reason: String) async {
        states[machine] = .paused
        await log.append(machine: machine, kind: .stalled, reason: reason)
    }

    func state(of machine: String) -> MachineState { states[machine] ?? .off }

    func change(_ machine: String, from allowed: Set<MachineState>, to state: MachineState, _ action: String, event: MachineEvent.Kind)
        async throws
    {
        let current = states[machine] ?? .off
        guard allowed.contains(current) else {
            throw TestbedError(.invalidState, "cannot \(action) machine \(machine): it is \(current.rawValue)")
        }
        states[machine] = state
        await log.append(machine: machine, kind: event)
    }

    func destroy(_ machine: String) async {
        guard states[machine] != .off else { return }
        states[machine] = .off
        await log.append(machine: machine, kind: .stopped, reason: "destroyed")
    }

    /// The version of nothing, until ``update(version:)``.
    public func hypervisorVersion() -> String { version }

    /// Becomes another hypervisor.
    public func update(version: String) { self.version = version }

    /// Switches all machines off and forgets them.
    public func raze() async {
        for name in names { await destroy(name) }
        isGone = true
    }

    /// Writes files whose content is the machine's name.
    public func snapshot(_ machine: String, to folder: String) async throws -> [String] {
        guard states[machine] == .paused else { throw TestbedError(.invalidState, "machine \(machine) does not stand still") }
        for file in ["memory", "qcow2"] {
            try Data("\(file) of \(machine)\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(machine).\(file)"))
        }
        return ["\(machine).qcow2"]
    }

    /// Takes back what ``snapshot(_:to:)`` wrote.
    public func restore(
        _ machine: String, memory: String, disks: [String], savedAs saved: TestbedSpecification.Machine
    ) async throws {
        guard FileManager.default.contents(atPath: memory) == Data("memory of \(machine)\n".utf8), saved.name == machine else {
            throw TestbedError(.notFound, "cannot restore machine \(machine) from \(memory)")
        }
        try await change(machine, from: [.off], to: .paused, "restore", event: .started)
    }

    /// Remembers whose clock was set.
    public func setClock(_ machine: String) { clocksSet.append(machine) }

    /// The machines whose clocks were set, in order.
    public func clocks() -> [String] { clocksSet }

    // MARK: What machines say

    /// Has a machine write a line, or the beginning of one, on its step channel.
    public func report(_ line: String, endingLine: Bool = true, on machine: String) {
        steps[machine, default: Data()].append(Data((line + (endingLine ? "\n" : "")).utf8))
    }

    /// Has a machine write a line on its console.
    public func say(_ line: String, on machine: String) { consoles[machine, default: []].append(line) }

    func steps(of machine: String, from offset: UInt64) -> Data {
        Data((steps[machine] ?? Data()).dropFirst(Int(offset)))
    }

    func console(of machine: String) -> [String] { consoles[machine] ?? [] }

    // MARK: The testbed

    /// Says that it is none.
    public nonisolated var holder: String { "nobody" }

    /// Saves all machines by the writer of a real testbed's checkpoints, never compressed.
    public func checkpoint(to folder: String, compressed: Bool) async throws -> Checkpoint {
        try requireThere()
        return try await writer.take(specification, to: folder, compressed: false)
    }

    /// Brings all machines back that ``checkpoint(to:compressed:)`` saved.
    public func restore(from folder: String) async throws -> Checkpoint {
        try requireThere()
        return try await writer.restore(specification, from: folder)
    }

    private var writer: CheckpointWriter { CheckpointWriter(hypervisor: self, processes: ProcessTable()) }

    private var specification: TestbedSpecification {
        TestbedSpecification(
            name: "fake", directory: "/nonexistent", accelerator: .tcg,
            machines: names.map {
                .init(name: $0, memoryMiB: 1, kernel: "/k", initrd: "/i", commandLine: "", console: "/c", steps: "/s")
            })
    }

    /// Succeeds at once.
    public func run(_ argv: [String], log: String?, timeout seconds: Double) async throws -> CommandResult {
        try requireThere()
        return CommandResult(status: 0)
    }

    /// Makes a process that runs until ``endProcess(_:)`` or ``killProcess(_:)``.
    public func start(_ argv: [String], log: String) async throws -> ProcessStatus {
        try requireThere()
        let process = ProcessStatus(pid: Int32(processes.count + 1), argv: argv, running: true)
        processes[process.pid] = process
        return process
    }

    /// A process that was started.
    public func process(_ pid: Int32) async throws -> ProcessStatus {
        try requireThere()
        guard let process = processes[pid] else { throw TestbedError(.notFound, "no process \(pid) was started here") }
        return process
    }

    /// Ends a process in order.
    @discardableResult
    public func endProcess(_ pid: Int32) async throws -> ProcessStatus { try await stop(pid, status: 0) }

    /// Ends a process as SIGKILL would.
    public func killProcess(_ pid: Int32) async throws { _ = try await stop(pid, status: 128 + 9) }

    private func stop(_ pid: Int32, status: Int32) async throws -> ProcessStatus {
        var process = try await process(pid)
        if process.running { (process.running, process.status) = (false, status) }
        processes[pid] = process
        return process
    }

    /// All processes that were started, in order.
    public func started() -> [ProcessStatus] { processes.values.sorted { $0.pid < $1.pid } }

    /// Is gone from then on.
    public func end(timeout seconds: Double) async throws { await raze() }

    // MARK: Guests

    func execute(_ argv: [String], input: Data?, on machine: String, timeout seconds: Double) async throws -> CommandResult {
        guard states[machine] == .running else {
            throw TestbedError(.invalidState, "cannot ask the guest agent of \(machine): the machine is not running")
        }
        commands.append((machine, argv))
        let command = command
        return try await withThrowingTaskGroup(of: CommandResult.self) { group in
            group.addTask { try await command(machine, argv, input) }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw TestbedError(.timeout, "command '\(argv.joined(separator: " "))' on \(machine) did not end in \(seconds) s")
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }

    func read(_ path: String, on machine: String) throws -> Data {
        guard let content = files["\(machine):\(path)"] else {
            throw TestbedError(.notFound, "cannot read \(path) on \(machine): no such file")
        }
        return content
    }
}

private struct FakeMachine: MachineHandle, GuestShell {
    let hypervisor: FakeHypervisor
    let name: String

    var shell: any GuestShell { self }

    func state() async throws -> MachineState { await hypervisor.state(of: name) }
    func start() async throws {
        try await hypervisor.change(name, from: [.off, .crashed], to: .running, "start", event: .started)
    }
    func destroy() async throws { await hypervisor.destroy(name) }
    func pause() async throws { try await hypervisor.change(name, from: [.running], to: .paused, "pause", event: .paused) }
    func resume() async throws { try await hypervisor.change(name, from: [.paused], to: .running, "resume", event: .resumed) }
    func execute(_ argv: [String], input: Data?, timeout seconds: Double) async throws -> CommandResult {
        try await hypervisor.execute(argv, input: input, on: name, timeout: seconds)
    }
    func write(_ content: Data, to path: String, mode: UInt16) async throws {
        await hypervisor.put(content, at: path, on: name, mode: mode)
    }
    func read(_ path: String) async throws -> Data { try await hypervisor.read(path, on: name) }
    func openSteps() async throws -> any StepSource { FakeSteps(hypervisor: hypervisor, name: name) }
    func lastConsoleLines(_ count: Int) async throws -> [String] { await hypervisor.console(of: name).suffix(count) }
}

private struct FakeSteps: StepSource {
    let hypervisor: FakeHypervisor
    let name: String

    func read(from offset: UInt64) async throws -> Data { await hypervisor.steps(of: name, from: offset) }
}
