import ArgumentParser
import Foundation
import RehearsalChecks
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalImages
import RehearsalKeeper
import RehearsalModel
import RehearsalReport
import RehearsalStore
import RehearsalTestbed

/// One run from its journal's first line to its report; also takes up a run that was left.
struct RunSession {
    let store: RunStore
    /// The right to drive the run, held until its end.
    let lock: RunLock
    let plan: Plan
    let files: TestbedFiles
    let client: KeeperClient
    let slowness: Double
    /// The folder `Images`.
    let images: URL
    let interactive: Bool
    let checkpoints: CheckpointPolicy
    let delta: [PackageChange]

    /// Executes what is left of the plan, judges, and writes the report.
    ///
    /// - Returns: The verdict; nil when the operator stopped or left the run, which can then be resumed.
    func execute() async throws -> Verdict? {
        defer { withExtendedLifetime(lock) {} }
        let before = Branch.taken(of: try store.events())
        let others = before.excluded.filter { $0.reason == .rewound }.reduce(0) { $0 + $1.end.nanoseconds(since: $1.start) }
        let view = ProgressView(
            plan: plan, start: (before.events.first?.time ?? HostClock.now()).advanced(byNanoseconds: others), before: before.events)
        let topology = try files.readTopology()
        let overcloud = try Overcloud.of(topology, images: images, hypervisor: client, slowness: slowness)
        let executor = PlanExecutor(
            plan: plan, store: store, hypervisor: client,
            driver: AgentDriver(hypervisor: client, slowness: slowness),
            stack: overcloud.map { HeatDriver(overcloud: $0, plan: plan, slowness: slowness) },
            recorder: RecorderProcess(
                testbed: client, files: files, command: [Executable.path, "recorder"],
                log: store.directory.appendingPathComponent("recorder.log")),
            gate: interactive ? PromptGate(view: view) : OpenGate(),
            checkpoints: RunCheckpoints(run: store.directory, policy: checkpoints) { [store, files, client] folder in
                try KeptTestbed.keep(run: store.directory, files: files)
                // Left for the end of the run, if the disk has room for it: less than the machines' memory, and something to spare.
                let memory = topology.machines.reduce(0) { $0 + $1.memoryMiB } << 20
                return try await client.checkpoint(
                    to: folder, compressed: (FreeSpace.bytes(at: store.directory) ?? 0) < memory + memory / 2)
            }, slowness: slowness, observer: view.show)

        let ticking = Task {
            while !Task.isCancelled {
                view.tick()
                try await Task.sleep(for: .seconds(1))
            }
        }
        defer {
            ticking.cancel()
            view.clear()
        }
        let outcome: ExecutionOutcome
        do {
            outcome = try await Interruptible.run { try await executor.run() }
        } catch is CancellationError {
            view.clear()
            try append(.interrupted, "left by the operator")
            Terminal.note(
                "left; machines go on with what they are doing. Go on with `rehearse resume \(name)`, end it with `rehearse down \(files.directory.lastPathComponent)`"
            )
            return nil
        } catch let error as TestbedError where error.code == .keeperGone {
            view.clear()
            if !RunCheckpoints.saved(journal: try store.events(), run: store.directory).isEmpty {
                Terminal.note("the run can go on from its last checkpoint: `rehearse resume \(name)`")
            }
            throw error
        }
        view.clear()
        if case .stopped(let machine) = outcome {
            Terminal.note(
                "stopped before \(machine). Go on with `rehearse resume \(name)`, end it with `rehearse down \(files.directory.lastPathComponent)`"
            )
            return nil
        }
        if case .failed(let step, let reason) = outcome { Terminal.error("step \(step): \(reason)") }
        try judgeVersions(outcome)
        try append(.runEnded, "\(outcome)")
        return try RunReporting.finish(store)
    }

    private var name: String { store.directory.lastPathComponent }

    private func append(_ kind: EventKind, _ text: String, _ detail: [String: String] = [:]) throws {
        _ = try store.append(Event(time: HostClock.now(), kind: kind, text: text, detail: detail))
    }

    /// Whether every machine has, for every package that the channels differ in, the candidate version: by its own `dpkg-query`.
    private func judgeVersions(_ outcome: ExecutionOutcome) throws {
        var stale: [String] = []
        var counted = 0
        for machine in try store.machines() {
            func versions(_ moment: PackageMoment) throws -> [String: String] {
                Dictionary(try store.packages(machine: machine.name, moment: moment).map { ($0.name, $0.version) }) { left, _ in left }
            }
            let before = try versions(.before)
            let installed = try versions(.after)
            if installed.isEmpty { stale.append("\(machine.name): versions unknown") }
            for change in delta {
                // A package of another version than either channel's is not the channels' (a stand-in, a developer's own).
                guard let version = installed[change.name], version == change.to || before[change.name] == change.from else { continue }
                counted += 1
                if version != change.to { stale.append("\(machine.name): \(change.name) \(version), not \(change.to ?? "installed")") }
            }
        }
        let text =
            stale.isEmpty
            ? "\(counted) packages on \(try store.machines().count) machines"
            : stale.prefix(8).joined(separator: "; ") + (stale.count > 8 ? "; and \(stale.count - 8) more" : "")
        try append(
            .verdict, text,
            ["check": "every machine has the candidate versions", "group": "versions", "verdict": stale.isEmpty ? "pass" : "fail"])
    }
}

/// Runs work that C-c or a SIGTERM leaves.
enum Interruptible {
    private static let signals = [SIGINT, SIGTERM]

    static func run<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        let task = Task { try await body() }
        let sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { task.cancel() }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in signals { signal(number, SIG_DFL) }
        }
        return try await task.value
    }
}
