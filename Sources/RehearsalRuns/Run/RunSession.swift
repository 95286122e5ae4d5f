import Foundation
import RehearsalAnalysis
import RehearsalChecks
import RehearsalDeclaration
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalImages
import RehearsalKeeper
import RehearsalModel
import RehearsalPlanner
import RehearsalStore
import RehearsalTestbed

/// One run from its journal's first step to its verdict; also goes on with a run that was left.
struct RunSession {
    let places: Places
    let project: Project
    let store: RunStore
    /// The right to drive the run, held until its end.
    let lock: RunLock
    let plan: Plan
    let testbed: LiveTestbed
    let slowness: Double
    let checkpoints: CheckpointPolicy
    let driver: any RunOperator
    let observer: any RunObserver
    let reporter: any RunReporter

    /// Executes what is left of the plan, judges, and has the reports written.
    ///
    /// - Returns: The verdict; nil when the operator stopped or left the run, which can then be resumed.
    func execute() async throws -> Verdict? {
        let before = RunState(journal: try store.events()).branch
        let others = before.excluded.filter { $0.reason == .rewound }.reduce(0) { $0 + $1.end.nanoseconds(since: $1.start) }
        let start = (before.events.first?.time ?? HostClock.now()).advanced(byNanoseconds: others)
        let executor = try await executor()
        observer.observe(.executing(run: name, plan: plan, start: start, journal: before.events))
        let outcome: ExecutionOutcome
        do {
            outcome = try await driver.attend { try await executor.run() }
            observer.observe(.executed)
        } catch {
            observer.observe(.executed)
            return try cutShort(by: error)
        }
        switch outcome {
        case .stopped(let machine):
            reportUnended()
            observer.observe(.left(run: name, testbed: testbed.name, stoppedBefore: machine))
            return nil
        case .failed(let step, let reason):
            observer.observe(.failed(step: step, reason: reason))
        case .completed:
            break
        }
        try await gatherFacts(topology: files.readTopology())
        try judgeMachines()
        try append(.runEnded, outcome.description)
        return try reporter.conclude(store)
    }

    private var name: String { store.directory.lastPathComponent }
    private var files: TestbedFiles { testbed.files }
    private var client: KeeperClient { testbed.client }

    /// What a run comes to whose execution ended by an error: nil if the operator left it.
    private func cutShort(by error: any Error) throws -> Verdict? {
        if error is CancellationError {
            try append(.interrupted, "left by the operator")
            reportUnended()
            observer.observe(.left(run: name, testbed: testbed.name, stoppedBefore: nil))
            return nil
        }
        if (error as? TestbedError)?.code == .gone,
            !RunCheckpoints.saved(journal: try store.events(), run: store.directory).isEmpty
        {
            observer.observe(.canGoBack(run: name))
        }
        reportUnended()
        throw error
    }

    /// Has a run reported that may still go on, for those who wait for its files. Its verdict is that nobody knows.
    private func reportUnended() { _ = try? reporter.report(RunAnalysis(store), of: store) }

    private func executor() async throws -> PlanExecutor {
        let topology = try files.readTopology()
        let overcloud = try Overcloud.of(topology, images: project.images, hypervisor: client, slowness: slowness)
        let stack = overcloud.map { HeatDriver(overcloud: $0, plan: plan, slowness: slowness) }
        if let stack, RunState(plan: plan, journal: try store.events()).isStackUpdateOpen {
            let changed = try await stack.stopForChangedProcedures(boundSeconds: 60 * slowness)
            if !changed.isEmpty { observer.observe(.proceduresChanged(changed)) }
        }
        return PlanExecutor(
            plan: plan, store: store, hypervisor: client,
            driver: AgentDriver(hypervisor: client, slowness: slowness), stack: stack,
            recorder: RecorderProcess(
                testbed: client, files: files, command: [places.program, "recorder"],
                log: store.directory.appendingPathComponent("recorder.log")),
            gate: driver.gate(of: store.directory), checkpoints: try runCheckpoints(topology), faults: injector(topology),
            checks: MachineChecks(hypervisor: client, folder: RunStore.checks(in: store.directory), slowness: slowness),
            scaler: TestbedScaler(client, files: files, images: project.images, slowness: slowness),
            probes: { [store, files, project, places, slowness] topology in
                let declaration = try project.topology(topology.name).value.having(topology)
                try RunRecord.setProbes(store, files: files, declaration: declaration, places: places, slowness: slowness)
            }, slowness: slowness,
            observer: { [observer] in observer.observe(.event($0)) })
    }

    private func injector(_ topology: Topology) -> FaultInjector? {
        guard !plan.faults.isEmpty else { return nil }
        return project.injector(
            client, topology: topology, scripts: FaultScripts(folder: RunStore.faults(in: store.directory)), slowness: slowness)
    }

    private func runCheckpoints(_ topology: Topology) throws -> RunCheckpoints {
        let ceiling = try Retention.read(state: places.state).runCheckpointBytes
        return RunCheckpoints(run: store.directory, policy: checkpoints, ceilingBytes: ceiling) { [store, files, client] folder in
            try KeptTestbed.keep(run: store.directory, files: files)
            // Memory is compressed at the end of the run, if the disk has room for it until then and something to spare.
            let memory = topology.machines.reduce(0) { $0 + $1.memoryMiB } << 20
            return try await client.checkpoint(
                to: folder, compressed: (FreeSpace.bytes(at: store.directory) ?? 0) < memory + memory / 2)
        }
    }

    private func append(_ payload: Event.Payload, _ text: String) throws {
        _ = try store.append(Event(time: HostClock.now(), payload, text: text))
    }

    /// Stores what the machines noted while the run went on. A machine that does not answer ends no run; the observer hears of it.
    private func gatherFacts(topology: Topology) async throws {
        let branch = RunState(journal: try store.events()).branch
        guard let start = branch.events.first?.time else { return }
        observer.observe(.gatheringFacts)
        let services = project.services(of: topology)
        let collector = FactCollector(
            hypervisor: client, units: project.unitOwners(services.map(\.name)), services: services,
            members: Dictionary(uniqueKeysWithValues: topology.machines.map { ($0.number, $0.name) }), slowness: slowness)
        let found = await collector.collect(
            from: topology.machines.map(\.name), since: start, pauses: branch.standstills)
        try store.setFacts(found.facts)
        for silence in found.silent { observer.observe(.factsMissing(machine: silence.machine, reason: silence.reason)) }
        if !found.silent.isEmpty {
            try store.setCondition("facts missing from", to: found.silent.map(\.machine).joined(separator: ", "))
        }
    }

    /// Journals what is judged by the machines, while what was read of them is of this branch.
    private func judgeMachines() throws {
        for result in try RunCourse(store).judgeAtEnd() {
            try append(result.payload, result.message)
        }
    }
}
