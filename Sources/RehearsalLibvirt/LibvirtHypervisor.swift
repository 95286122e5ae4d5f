import Foundation
import Glibc
import Libvirt
public import RehearsalHost
public import RehearsalTestbed

/// Runs a testbed's machines on libvirt.
public actor LibvirtHypervisor: SnapshottingHypervisor {
    private let specification: TestbedSpecification
    private let processes: ProcessTable
    private let connection: Connection
    private let log = EventLog()
    private var known: [String: LibvirtMachine] = [:]
    private var listener: Task<Void, Never>?
    /// What keeps the files that machines write from filling the host's disk.
    private var limiter: Task<Void, Never>?
    /// What lets machines go on that stood still for want of room.
    private var resumptions: [String: Task<Void, Never>] = [:]

    /// Connects to libvirt and defines the machines; starts none.
    ///
    /// Without a connection URI in the specification this makes the namespace's bridges and an embedded libvirt of its own,
    /// so the process must be in namespaces of its own.
    /// - Throws: ``TestbedError``.
    public static func raise(_ specification: TestbedSpecification, processes: ProcessTable) async throws -> LibvirtHypervisor {
        var uri = specification.connection ?? EmbeddedDriver.uri
        if specification.isEmbedded {
            uri = EmbeddedDriver.uri
            try await EmbeddedDriver.prepare(directory: specification.directory)
            try Confinement.prepare(specification.machines)
            try await NamespaceNetworks.make(specification.networks, processes: processes)
        }
        let connection: Connection
        do {
            connection = try await Connection.open(uri)
        } catch {
            throw TestbedError(.hypervisor, "cannot open the hypervisor \(uri): \(error.message)")
        }
        let hypervisor = LibvirtHypervisor(specification, connection: connection, processes: processes)
        try await hypervisor.define()
        return hypervisor
    }

    private init(_ specification: TestbedSpecification, connection: Connection, processes: ProcessTable) {
        self.specification = specification
        self.connection = connection
        self.processes = processes
    }

    private func define() async throws {
        let events = try await connection.lifecycleEvents()
        let names = Set(specification.machines.map(\.name))
        listener = Task { [weak self] in
            for await event in events where names.contains(event.domain) { await self?.note(event) }
        }
        let type = connection.uri.hasPrefix("test:") ? "test" : nil
        for (place, machine) in specification.machines.enumerated() {
            known[machine.name] = try await define(machine, at: place, type: type)
        }
        let outputs = specification.machines.flatMap { [EndlessFile(path: $0.console), EndlessFile(path: $0.steps)] }
        limiter = Task.detached(priority: .background) {
            while !Task.isCancelled {
                for output in outputs { _ = try? output.giveBack() }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func define(_ machine: TestbedSpecification.Machine, at place: Int, type: String?) async throws -> LibvirtMachine {
        let control: Domain
        let agent: Domain
        do {
            control = try await connection.define(xml: DomainXML.make(machine, of: specification, type: type))
            agent = try await connection.domain(named: machine.name)
        } catch {
            throw TestbedError(.hypervisor, "cannot define machine \(machine.name): \(error.message)")
        }
        return LibvirtMachine(
            specification: machine, control: control, agent: GuestAgent(domain: agent), processes: processes,
            engineLog: specification.isEmbedded ? EmbeddedDriver.engineLog(of: machine.name) : nil,
            identity: specification.isEmbedded ? Confinement.identity(of: place) : nil)
    }

    /// Replaces the configuration from which libvirt starts a machine; a running machine is not affected.
    func redefine(_ machine: TestbedSpecification.Machine) async throws {
        do {
            _ = try await connection.define(xml: DomainXML.make(machine, of: specification, type: nil))
        } catch {
            throw TestbedError(.hypervisor, "cannot define machine \(machine.name): \(error.message)")
        }
    }

    /// All machines with what they are doing, in the order of the specification.
    public func machines() async throws -> [MachineStatus] {
        var result: [MachineStatus] = []
        for machine in specification.machines {
            guard let known = known[machine.name] else { continue }
            result.append(MachineStatus(name: machine.name, state: try await known.state()))
        }
        return result
    }

    /// The machine of that name.
    public func machine(named name: String) async throws -> any MachineHandle { try libvirtMachine(name) }

    func libvirtMachine(_ name: String) throws -> LibvirtMachine {
        guard let machine = known[name] else {
            throw TestbedError(.notFound, "there is no machine '\(name)' in testbed '\(specification.name)'")
        }
        return machine
    }

    /// What has happened to the machines.
    public func events(after sequence: Int, wait seconds: Double) async throws -> [MachineEvent] {
        await log.events(after: sequence, wait: seconds)
    }

    private func note(_ event: LifecycleEvent) async {
        var (kind, reason) = (event.kind.ofMachine, event.reason)
        if event.isStorageTrouble {
            let directory = diskDirectory(of: event.domain)
            let free = directory.flatMap(FreeSpace.bytes).map { ", \($0 >> 20) MiB are free" } ?? ""
            (kind, reason) = (.stalled, "I/O error" + (directory.map { " in \($0.path)" } ?? "") + free)
            resumptions[event.domain] = Task { [weak self] in await self?.resumeWhenThereIsRoom(event.domain) }
        }
        await log.append(machine: event.domain, kind: kind, reason: reason.isEmpty ? nil : reason)
    }

    private func diskDirectory(of machine: String) -> URL? {
        known[machine]?.specification.disk.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
    }

    /// What must be free again before a machine goes on that stood still for want of room, in bytes.
    private static let roomToGoOn = 256 << 20

    /// Lets a machine go on that QEMU paused because it could not store what the machine wrote, as soon as there is room.
    private func resumeWhenThereIsRoom(_ name: String) async {
        guard let directory = diskDirectory(of: name) else { return }
        while !Task.isCancelled, FreeSpace.bytes(at: directory) ?? 0 < Self.roomToGoOn {
            guard (try? await Task.sleep(for: .seconds(1))) != nil else { return }
        }
        // It may have been switched off, or let go on by somebody else.
        try? await known[name]?.resume()
    }

    /// Switches all machines off and removes what was defined.
    public func raze() async {
        await withTaskGroup(of: Void.self) { group in
            for machine in known.values {
                group.addTask { await machine.remove() }
            }
        }
        known.removeAll()
        listener?.cancel()
        limiter?.cancel()
        for task in resumptions.values { task.cancel() }
        await connection.close()
    }
}

/// One guest.
struct LibvirtMachine: MachineHandle {
    let specification: TestbedSpecification.Machine
    let control: Domain
    let agent: GuestAgent
    let processes: ProcessTable
    let engineLog: String?
    /// The user and the group that its QEMU runs as; nil where libvirt decides that.
    let identity: uid_t?

    private var engineLogHint: String? { engineLog.map { _ in "QEMU's log is libvirt/qemu/\(name).log in the testbed's directory" } }

    var name: String { specification.name }
    var shell: any GuestShell { agent }

    func state() async throws -> MachineState {
        try await explaining("get the state of") {
            switch try await control.state() {
            case .running, .blocked, .shuttingDown: .running
            case .paused, .powerManagementSuspended: .paused
            case .crashed: .crashed
            case .shutOff, .unknown: .off
            }
        }
    }

    func start() async throws {
        try makeDirectories()
        try await makeOverlay()
        try await explaining("start") { try await control.start() }
    }

    func destroy() async throws {
        do {
            try await control.destroy()
        } catch {
            if error.code == .operationInvalid, try await state() == .off { return }
            throw failure("destroy", error)
        }
    }

    func pause() async throws { try await explaining("pause") { try await control.suspend() } }
    func resume() async throws { try await explaining("resume") { try await control.resume() } }

    func openSteps() async throws -> any StepSource { FileOutput(path: specification.steps) }
    func lastConsoleLines(_ count: Int) async throws -> [String] { FileOutput(path: specification.console).lastLines(count) }

    func remove() async {
        try? await destroy()
        try? await control.undefine()
    }

    func makeDirectories() throws {
        for file in [specification.console, specification.steps, specification.disk ?? specification.console] {
            let directory = (file as NSString).deletingLastPathComponent
            do {
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            } catch {
                throw TestbedError(.host, "cannot make directory \(directory) for machine \(name): \(error.localizedDescription)")
            }
        }
        // Its QEMU opens its disks there by their names, and need not know those of others.
        if identity != nil, let disk = specification.disk { chmod((disk as NSString).deletingLastPathComponent, 0o711) }
    }

    private func makeOverlay() async throws {
        guard let disk = specification.disk, !FileManager.default.fileExists(atPath: disk) else { return }
        guard let backing = specification.backing else {
            throw TestbedError(.invalidArgument, "cannot start machine \(name): its disk \(disk) is absent and has no backing image")
        }
        try await makeOverlay(disk, on: backing, format: specification.backingFormat ?? "raw")
    }

    /// - Parameter size: The virtual size in bytes; given, the backing file is not opened.
    func makeOverlay(_ disk: String, on backing: String, format: String, size: UInt64? = nil) async throws {
        let unopened = size.map { ["\($0)"] } ?? []
        let result = try await processes.run(
            ["qemu-img", "create", "-q", "-f", "qcow2"] + (size == nil ? [] : ["-u"]) + ["-b", backing, "-F", format, disk] + unopened,
            timeout: 30)
        guard result.isSuccess else {
            throw TestbedError(
                .host,
                "cannot make the disk of machine \(name) on \(backing): \(result.standardError.trimmingCharacters(in: .whitespacesAndNewlines))"
            )
        }
        try grant(disk, mode: 0o660)
    }

    /// Lets the machine's QEMU use one of its disk's files.
    func grant(_ disk: String, mode: mode_t) throws {
        if let identity { try Confinement.grant(disk, to: identity, mode: mode) }
    }

    func explaining<T: Sendable>(_ action: String, _ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as LibvirtError {
            throw failure(action, error)
        }
    }

    private func failure(_ action: String, _ error: LibvirtError) -> TestbedError {
        let code: TestbedError.Code = error.code == .operationInvalid ? .invalidState : .hypervisor
        var message = "cannot \(action) machine \(name): \(error.message)"
        if code == .hypervisor, action == "start" || action == "restore", let said = lastLines(), !message.contains(said) {
            message += "; QEMU said: \(said)"
        }
        return TestbedError(code, message, hint: code == .hypervisor ? engineLogHint : nil)
    }

    /// The last lines QEMU wrote, without libvirt's own of start and end.
    private func lastLines() -> String? {
        guard let engineLog, let data = FileManager.default.contents(atPath: engineLog) else { return nil }
        let said = Self.said(in: String(decoding: data, as: UTF8.self)).suffix(3)
        return said.isEmpty ? nil : said.joined(separator: "; ")
    }

    /// What QEMU itself wrote in its last life: the log without libvirt's notes and the command line.
    static func said(in log: String) -> [String] {
        let lines = log.split(separator: "\n").map(String.init)
        let start = lines.lastIndex { $0.contains(": starting up") } ?? -1
        return lines[(start + 1)...].filter { line in
            let isNote = line.contains(": shutting down") || line.contains(" is tainted: ") || line.hasPrefix("char device redirected")
            let isCommand = line.hasSuffix("\\") || line.hasPrefix("-")
            return !isNote && !isCommand
        }
    }
}

extension LifecycleEvent.Kind {
    /// The kind as a testbed tells of it.
    var ofMachine: MachineEvent.Kind {
        switch self {
        case .defined: .defined
        case .undefined: .undefined
        case .started: .started
        case .suspended: .paused
        case .resumed: .resumed
        case .stopped: .stopped
        case .shutdown: .shutdown
        case .powerManagementSuspended: .suspended
        case .crashed: .crashed
        case .reset: .restarted
        case .unknown: .unknown
        }
    }
}
