public import Foundation
import RehearsalHost
public import RehearsalModel
public import RehearsalTestbed

/// A checkpoint that could not be brought back, or whose machines did not get ready again; a cold start helps.
public struct UnusableCheckpoint: Error {
    /// What went wrong.
    public let reason: String
}

/// Turns a topology and its images into a testbed with all machines ready.
public struct TestbedRaiser: Sendable {
    /// What happens while machines boot.
    public enum Progress: Sendable {
        /// The testbed is there, its machines are off.
        case launched(holder: String)
        /// A machine was switched on.
        case machineStarted(String)
        /// The guest agent of a machine answers, so long after the beginning.
        case guestAnswers(String, seconds: Double)
        /// What is awaited has changed.
        case waiting([ServiceReadiness], seconds: Double)
        /// Every service on every machine is proven ready.
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
        /// Until every guest agent answers; a cold boot was seen to take 45 to 80 s at slowness 11 when six machines boot at once on
        /// two cores.
        public var boot = 30.0
        /// Until every service is ready after that.
        public var ready = 90.0

        /// Makes the usual bounds.
        public init() {}
    }

    /// Makes a raiser.
    ///
    /// - Parameters:
    ///   - files: Where the testbed keeps its files.
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

    /// Starts the testbed and all machines, and waits until everything is proven ready.
    ///
    /// - Parameters:
    ///   - launcher: Starts what holds the testbed.
    ///   - checkpoint: The folder of a checkpoint of the ready testbed. If it is there, machines are brought back from it; if not, they are
    ///     saved to it once they are ready.
    ///   - preparing: What machines that boot need from outside to get ready. It is done while they boot, and not when they come back.
    /// - Throws: ``EngineError`` naming what never came up, ``UnusableCheckpoint``; the testbed is left for the caller to end.
    public func raise<Launcher: TestbedLauncher>(
        _ specification: TestbedSpecification, topology: Topology, launcher: Launcher, checkpoint: URL? = nil,
        preparing: @escaping @Sendable (Launcher.Launched) async throws -> Void = { _ in }
    ) async throws -> Launcher.Launched {
        // Trouble with the launch says nothing about the checkpoint.
        let (testbed, start) = try await launch(specification, topology: topology, launcher: launcher)
        let machines = running(specification, topology)
        if let checkpoint, Checkpoint.isThere(folder: checkpoint.path) {
            do {
                try await restore(testbed, machines: machines, from: checkpoint, since: start)
            } catch let error where isRecoverable(error) {
                throw UnusableCheckpoint(reason: error.quoted)
            }
            return testbed
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bringUp(testbed, machines: machines, since: start) }
            group.addTask { try await preparing(testbed) }
            try await group.waitForAll()
        }
        if let checkpoint { try await save(testbed, to: checkpoint) }
        return testbed
    }

    /// Starts the testbed and brings all machines back from a checkpoint.
    ///
    /// - Parameters:
    ///   - launcher: Starts what holds the testbed.
    ///   - provingReady: Whether to wait until everything is proven ready, and not only until the machines answer: what was saved in the
    ///     middle of an update may be far from ready.
    /// - Throws: `TestbedError` for a checkpoint that is refused, ``EngineError``; the testbed is left for the caller to end.
    public func bringBack<Launcher: TestbedLauncher>(
        _ specification: TestbedSpecification, topology: Topology, launcher: Launcher, checkpoint: URL, provingReady: Bool = true
    ) async throws -> Launcher.Launched {
        let (testbed, start) = try await launch(specification, topology: topology, launcher: launcher)
        try await restore(
            testbed, machines: running(specification, topology), from: checkpoint, since: start, provingReady: provingReady)
        return testbed
    }

    /// The machines that are switched on from the beginning.
    private func running(_ specification: TestbedSpecification, _ topology: Topology) -> [String] {
        specification.machines.map(\.name).filter { name in !topology.spares.contains { $0.name == name } }
    }

    /// Saves the ready testbed. Where that fails, its machines go on, and only the next start is cold again.
    private func save(_ testbed: any Testbed, to checkpoint: URL) async throws {
        try FileManager.default.createDirectory(at: checkpoint.deletingLastPathComponent(), withIntermediateDirectories: true)
        do {
            progress(.saved(try await testbed.checkpoint(to: checkpoint.path)))
        } catch let error as TestbedError where isRecoverable(error) {
            progress(.notSaved(error.message))
        }
    }

    private func restore(
        _ testbed: any Testbed, machines: [String], from checkpoint: URL, since start: Timestamp, provingReady: Bool = true
    ) async throws {
        _ = try await testbed.restore(from: checkpoint.path)
        progress(.restored(seconds: HostClock.now().seconds(since: start)))
        if provingReady {
            try await proveReady(testbed, machines: machines, since: start)
        } else {
            try await waitForGuests(machines, testbed, since: start)
        }
    }

    private func launch<Launcher: TestbedLauncher>(
        _ specification: TestbedSpecification, topology: Topology, launcher: Launcher
    ) async throws -> (testbed: Launcher.Launched, start: Timestamp) {
        let manager = FileManager.default
        try manager.createDirectory(at: files.directory.appendingPathComponent("machines"), withIntermediateDirectories: true)
        try manager.createDirectory(at: consoles, withIntermediateDirectories: true)
        try files.write(topology)
        let start = HostClock.now()
        let testbed = try await launcher.launch(specification)
        progress(.launched(holder: testbed.holder))
        return (testbed, start)
    }

    /// Switches machines on and waits until every service on every one of them is proven ready.
    ///
    /// - Parameter preparing: What the machines need from outside to get ready; it is done once they answer.
    /// - Throws: ``EngineError`` naming every machine that never booted, or every service that never got ready.
    func bringUp(
        _ hypervisor: any Hypervisor, machines: [String], since start: Timestamp = HostClock.now(),
        preparing: @escaping @Sendable () async throws -> Void = {}
    ) async throws {
        for name in machines {
            let machine = try await hypervisor.machine(named: name)
            guard try await machine.state() == .off else { continue }
            try await machine.start()
            progress(.machineStarted(name))
        }
        try await waitForGuests(machines, hypervisor, since: start)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await preparing() }
            group.addTask { try await proveServices(hypervisor, machines: machines, since: start) }
            try await group.waitForAll()
        }
    }

    /// Waits until every machine answers and every service on every one of them is proven ready.
    private func proveReady(_ hypervisor: any Hypervisor, machines: [String], since start: Timestamp) async throws {
        try await waitForGuests(machines, hypervisor, since: start)
        try await proveServices(hypervisor, machines: machines, since: start)
    }

    /// Waits until every service on machines that answer is proven ready.
    private func proveServices(_ hypervisor: any Hypervisor, machines: [String], since start: Timestamp) async throws {
        let clocks = await readClocks(of: machines, hypervisor)
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
        try check(clocks, against: await readClocks(of: machines, hypervisor))
        progress(.ready(seconds: HostClock.now().seconds(since: start)))
    }

    /// How fast a guest's clock may run against the host's.
    private static let clockRates = 0.7...1.4
    /// How many seconds must lie between two readings for that to be told.
    private static let clockSpan = 5.0

    /// The clocks of the machines that tell them.
    private func readClocks(of machines: [String], _ hypervisor: any Hypervisor) async -> [String: GuestClockReading] {
        await withTaskGroup(of: [String: GuestClockReading].self) { group in
            for name in machines {
                group.addTask {
                    guard let shell = try? await hypervisor.machine(named: name).shell,
                        let reading = try? await GuestClockReading.take(shell, slowness: slowness, attempts: 1)
                    else { return [:] }
                    return [name: reading]
                }
            }
            return await group.reduce(into: [:]) { all, one in all.merge(one) { first, _ in first } }
        }
    }

    /// Refuses a machine whose clock does not keep time: its time-outs, and whoever it asks every few seconds, would go by another time.
    ///
    /// A guest that measured its processor's clock while the host was busy was seen to run 44 times too fast.
    private func check(_ before: [String: GuestClockReading], against now: [String: GuestClockReading]) throws {
        let wrong = now.compactMap { name, reading -> String? in
            guard let earlier = before[name], reading.time.seconds(since: earlier.time) >= Self.clockSpan else { return nil }
            let rate = reading.rate(since: earlier)
            return Self.clockRates.contains(rate) ? nil : "\(name) \(DurationText.number(DurationText.rounded(rate))) times"
        }
        guard wrong.isEmpty else {
            throw EngineError(
                .notReady, "clocks do not run as fast as this host's: \(wrong.sorted().joined(separator: ", "))",
                hint: "raise the testbed again with --cold")
        }
    }

    /// What came of waiting for a machine.
    private enum Boot {
        /// Its guest agent answers.
        case answers
        /// It never did within the bound.
        case silent(machine: String)
    }

    private func waitForGuests(_ names: [String], _ hypervisor: any Hypervisor, since start: Timestamp) async throws {
        let bound = bounds.boot * slowness
        let silent = try await withThrowingTaskGroup(of: Boot.self) { group in
            for name in names {
                group.addTask {
                    let shell = try await hypervisor.machine(named: name).shell
                    repeat {
                        do {
                            if try await shell.execute(["/bin/true"], timeout: 20).isSuccess {
                                progress(.guestAnswers(name, seconds: HostClock.now().seconds(since: start)))
                                return .answers
                            }
                        } catch let error as TestbedError where isRecoverable(error) {
                            // Not up yet.
                        }
                        try await pause(seconds: min(1, bound / 10))
                    } while HostClock.now().seconds(since: start) < bound
                    return .silent(machine: name)
                }
            }
            var silent: [String] = []
            for try await case .silent(let machine) in group { silent.append(machine) }
            return silent
        }
        guard silent.isEmpty else {
            var lastWords: [String] = []
            for name in silent.sorted() { lastWords.append("\(name): \(await self.lastWords(of: name, hypervisor))") }
            throw EngineError(
                .machineUnreachable,
                "never booted within \(Int(bound)) s: \(silent.sorted().joined(separator: ", ")); last words: "
                    + lastWords.joined(separator: "; "),
                hint: "read the console logs in \(consoles.path)")
        }
    }

    private func lastWords(of machine: String, _ hypervisor: any Hypervisor) async -> String {
        let line = try? await hypervisor.machine(named: machine).lastConsoleLines(1).last
        return line.map { String($0.suffix(160)) } ?? "nothing"
    }
}
