public import Foundation
public import RehearsalImages
public import RehearsalModel
public import RehearsalTestbed

/// Where a raised testbed keeps its files.
public struct TestbedFiles: Sendable {
    public let directory: URL

    public init(directory: URL) { self.directory = directory }

    public func disk(_ machine: String) -> URL { directory.appendingPathComponent("machines/\(machine).qcow2") }
    public func steps(_ machine: String) -> URL { directory.appendingPathComponent("machines/\(machine).steps") }
    /// The topology as it was raised, for the commands that come later.
    public var topology: URL { directory.appendingPathComponent("topology.json") }
    /// What the recorder asks; holds secrets, readable for the owner alone.
    public var recorderConfiguration: URL { directory.appendingPathComponent("recorder.json") }
    /// What the keeper was started with.
    public var specification: URL { directory.appendingPathComponent(KeeperFiles.specification) }
    /// The recorder's process number in the testbed's PID namespace.
    public var recorderProcess: URL { directory.appendingPathComponent("recorder.pid") }
    /// The run that last drove the testbed.
    public var run: URL { directory.appendingPathComponent("run") }

    /// The name of the run that last drove the testbed; nil if none did.
    public func readRun() -> String? {
        (try? String(contentsOf: run, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The topology that the testbed was raised from.
    ///
    /// - Throws: ``EngineError`` when no testbed is there.
    public func readTopology() throws -> Topology {
        guard let data = try? Data(contentsOf: topology) else {
            throw EngineError(.testbed, "there is no testbed in \(directory.path)", hint: "raise one with `rehearse up TOPOLOGY`")
        }
        return try JSONDecoder().decode(Topology.self, from: data)
    }
}

/// A checkpoint that could not be brought back, or did not get ready again; a cold start is what helps.
public struct UnusableCheckpoint: Error {
    public let reason: String
}

/// Turns a topology and its images into a testbed with all machines ready.
public struct TestbedRaiser: Sendable {
    /// What it tells while machines boot.
    public enum Progress: Sendable {
        case keeperStarted(pid: Int32)
        case machineStarted(String)
        case guestAnswers(String, seconds: Double)
        case waiting([ServiceReadiness], seconds: Double)
        case ready(seconds: Double)
        /// All machines are back from a checkpoint and run.
        case restored(seconds: Double)
        /// The ready testbed was saved for the next time.
        case saved(Checkpoint)
        /// It could not be saved.
        case notSaved(String)
    }

    let files: TestbedFiles
    let consoles: URL
    let slowness: Double
    let bounds: Bounds
    let progress: @Sendable (Progress) -> Void

    /// How long machines may take, in seconds at slowness 1.
    public struct Bounds: Sendable {
        /// Until every guest agent answers; a cold boot takes 45-80 s at slowness 11 when six machines boot at once on
        /// two cores (openstack-tcg.md 2).
        public var boot = 30.0
        /// Until every service is ready after that.
        public var ready = 90.0

        public init() {}
    }

    /// - Parameters:
    ///   - consoles: The directory for the machines' console logs.
    ///   - slowness: How much slower guests run than the host; multiplies every bound.
    public init(
        files: TestbedFiles, consoles: URL, slowness: Double, bounds: Bounds = Bounds(), progress: @escaping @Sendable (Progress) -> Void
    ) {
        self.files = files
        self.consoles = consoles
        self.slowness = slowness
        self.bounds = bounds
        self.progress = progress
    }

    /// What the keeper is told.
    public func specification(
        name: String, topology: Topology, images: ImageSet, accelerator: TestbedSpecification.Accelerator, cpuModel: String?,
        connection: String?
    ) throws -> TestbedSpecification {
        TestbedSpecification(
            name: name, directory: files.directory.path, accelerator: accelerator, connection: connection,
            networks: topology.networks.map { network in
                TestbedSpecification.Network(
                    name: network.name, bridge: network.bridge,
                    address: network.recorder.map { "\($0)/\(network.cidr.prefix)" }, mtu: network.mtu)
            },
            machines: try topology.machines.map { machine in
                guard let image = images.roles[machine.role] else {
                    throw EngineError(.testbed, "there is no image for role \(machine.role) of \(machine.name)")
                }
                return TestbedSpecification.Machine(
                    name: machine.name, memoryMiB: machine.memoryMiB, vcpus: machine.vcpus, kernel: images.kernel.path,
                    initrd: images.initrd.path, commandLine: Self.commandLine(machine.name), disk: files.disk(machine.name).path,
                    backing: image.disk.path, backingFormat: "qcow2",
                    interfaces: machine.interfaces.map { .init(network: $0.network, mac: $0.mac) },
                    console: consoles.appendingPathComponent("\(machine.name).log").path, steps: files.steps(machine.name).path,
                    cpuModel: cpuModel)
            })
    }

    /// Kernel options that shorten an emulated boot without changing what is rehearsed (facts.md 1).
    static func commandLine(_ machine: String) -> String {
        "console=ttyS0 root=/dev/vda rw quiet net.ifnames=0 mitigations=off panic=1 clocksource=tsc tsc=reliable nowatchdog audit=0 apparmor=0 rehearsal.machine=\(machine)"
    }

    /// Starts the keeper and all machines, and waits until everything is proven ready.
    ///
    /// - Parameter checkpoint: The folder of a checkpoint of the ready testbed: machines are brought back from it if it is there, and
    ///   saved to it once they are ready if not.
    /// - Parameter preparing: What machines that booted need besides to get ready; done while they do, not when they come back.
    /// - Throws: ``EngineError`` naming what never came up, ``UnusableCheckpoint``; the keeper is left for the caller to end.
    public func raise(
        _ specification: TestbedSpecification, topology: Topology, keeper: [String], checkpoint: URL? = nil,
        preparing: @escaping @Sendable (KeeperClient) async throws -> Void = { _ in }
    ) async throws -> KeeperClient {
        // Trouble with the keeper says nothing about the checkpoint.
        let (client, start) = try await launch(specification, topology: topology, keeper: keeper)
        if let checkpoint, Checkpoint.isThere(folder: checkpoint.path) {
            do {
                try await restore(client, machines: specification.machines.map(\.name), from: checkpoint, since: start)
            } catch let error where leavesTheTestbed(error) {
                throw UnusableCheckpoint(reason: "\(error)")
            }
            return client
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bringUp(client, machines: specification.machines.map(\.name), since: start) }
            group.addTask { try await preparing(client) }
            try await group.waitForAll()
        }
        if let checkpoint {
            try FileManager.default.createDirectory(at: checkpoint.deletingLastPathComponent(), withIntermediateDirectories: true)
            do {
                progress(.saved(try await client.checkpoint(to: checkpoint.path)))
            } catch let error as TestbedError where leavesTheTestbed(error) {
                // The machines are ready and go on; only the next start will be cold again.
                progress(.notSaved(error.message))
            }
        }
        return client
    }

    /// Starts the keeper and brings all machines back from a checkpoint.
    ///
    /// - Parameter provingReady: Whether to wait until everything is proven ready, and not only until the machines answer: what was
    ///   saved in the middle of an update may be far from ready.
    /// - Throws: `TestbedError` for a checkpoint that is refused, ``EngineError``; the keeper is left for the caller to end.
    public func bringBack(
        _ specification: TestbedSpecification, topology: Topology, keeper: [String], checkpoint: URL, provingReady: Bool = true
    ) async throws -> KeeperClient {
        let (client, start) = try await launch(specification, topology: topology, keeper: keeper)
        try await restore(
            client, machines: specification.machines.map(\.name), from: checkpoint, since: start, provingReady: provingReady)
        return client
    }

    private func restore(
        _ client: KeeperClient, machines: [String], from checkpoint: URL, since start: Timestamp, provingReady: Bool = true
    ) async throws {
        _ = try await client.restore(from: checkpoint.path)
        progress(.restored(seconds: HostClock.now().seconds(since: start)))
        if provingReady {
            try await proveReady(client, machines: machines, since: start)
        } else {
            try await waitForGuests(machines, client, since: start)
        }
    }

    private func launch(
        _ specification: TestbedSpecification, topology: Topology, keeper: [String]
    ) async throws -> (client: KeeperClient, start: Timestamp) {
        let manager = FileManager.default
        try manager.createDirectory(at: files.directory.appendingPathComponent("machines"), withIntermediateDirectories: true)
        try manager.createDirectory(at: consoles, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try encoder.encode(topology).write(to: files.topology, options: .atomic)
        let start = HostClock.now()
        let client = try await KeeperLauncher.launch(specification: specification, arguments: keeper)
        progress(.keeperStarted(pid: (try? client.keeperPID()) ?? 0))
        return (client, start)
    }

    /// Switches machines on and waits until every service on every one of them is proven ready.
    ///
    /// - Throws: ``EngineError`` naming every machine that never booted, or every service that never got ready.
    func bringUp(_ hypervisor: any Hypervisor, machines: [String], since start: Timestamp = HostClock.now()) async throws {
        for name in machines {
            try await hypervisor.machine(named: name).start()
            progress(.machineStarted(name))
        }
        try await proveReady(hypervisor, machines: machines, since: start)
    }

    /// Waits until every machine answers and every service on every one of them is proven ready.
    private func proveReady(_ hypervisor: any Hypervisor, machines: [String], since start: Timestamp) async throws {
        try await waitForGuests(machines, hypervisor, since: start)
        let readiness = Readiness(hypervisor: hypervisor, machines: machines, slowness: slowness)
        let bound = bounds.ready * slowness
        let missing = try await readiness.prove(boundSeconds: bound) { waiting in
            progress(.waiting(waiting, seconds: HostClock.now().seconds(since: start)))
        }
        guard missing.isEmpty else {
            throw EngineError(
                .notReady,
                "not ready after \(Int(bound)) s: "
                    + missing.map { "\($0.machine) \($0.service) (\($0.detail))" }.joined(separator: "; "),
                hint: "keep the testbed with --keep and look with `rehearse console MACHINE` or `rehearse shell MACHINE`")
        }
        progress(.ready(seconds: HostClock.now().seconds(since: start)))
    }

    private func waitForGuests(_ names: [String], _ hypervisor: any Hypervisor, since start: Timestamp) async throws {
        let bound = bounds.boot * slowness
        let silent = try await withThrowingTaskGroup(of: String?.self) { group in
            for name in names {
                group.addTask {
                    let shell = try await hypervisor.machine(named: name).shell
                    repeat {
                        do {
                            if try await shell.execute(["/bin/true"], timeout: 20).isSuccess {
                                progress(.guestAnswers(name, seconds: HostClock.now().seconds(since: start)))
                                return nil
                            }
                        } catch let error as TestbedError where leavesTheTestbed(error) {
                            // Not up yet.
                        }
                        try await pause(seconds: min(1, bound / 10))
                    } while HostClock.now().seconds(since: start) < bound
                    return name
                }
            }
            var silent: [String] = []
            for try await name in group { if let name { silent.append(name) } }
            return silent
        }
        guard silent.isEmpty else {
            let consoleTail = silent.sorted().map { "\($0): \(Self.lastLine(of: consoles.appendingPathComponent("\($0).log")))" }
            throw EngineError(
                .machineUnreachable,
                "never booted within \(Int(bound)) s: \(silent.sorted().joined(separator: ", ")); last words: \(consoleTail.joined(separator: "; "))",
                hint: "read the console logs in \(consoles.path)")
        }
    }

    private static func lastLine(of file: URL) -> String {
        let text = (try? String(decoding: Data(contentsOf: file), as: UTF8.self)) ?? ""
        return text.split(whereSeparator: \.isNewline).last.map { String($0.suffix(160)) } ?? "nothing"
    }
}
