import Foundation
import RehearsalDeclaration
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalKeeper
import RehearsalLibvirt
import RehearsalModel
import RehearsalStore
import RehearsalTestbed

/// Takes a run back to one of its checkpoints.
struct Rewinder {
    let places: Places
    let project: Project
    let store: RunStore
    let observer: any RunObserver

    private var name: String { store.directory.lastPathComponent }

    /// What the run can go back to, oldest first.
    func saved() throws -> [RunCheckpoints.Saved] {
        RunCheckpoints.saved(journal: try store.events(), run: store.directory)
    }

    /// Ends the run's testbed, if it is up, raises it again and brings its machines back; the journal then goes on from the checkpoint.
    ///
    /// Nothing is ended or journalled before the checkpoint is known to be one that can be brought back here.
    ///
    /// Killed at any moment, the run can be rewound or resumed again: the journal says where to before the machines are touched.
    /// - Parameter lock: The right to drive the run.
    /// - Returns: The seconds it took.
    /// - Throws: ``RunError``, `TestbedError` when the checkpoint is refused, `EngineError`.
    @discardableResult
    func rewind(to saved: RunCheckpoints.Saved, slowness: Double, lock: RunLock) async throws -> Double {
        defer { withExtendedLifetime(lock) {} }
        try HostClock.adopt(store)
        let testbeds = Testbeds(places)
        guard let testbed = try store.conditions().testbed else { throw RunError(.invalid, "run \(name) holds no plan to go on with") }
        let claim = try TestbedClaim(testbed, in: testbeds)
        defer { withExtendedLifetime(claim) {} }
        let files = testbeds.files(testbed)
        try KeptTestbed.requireThere(run: store.directory, files: files)
        let (checkpoint, folder) = (saved.checkpoint, saved.folder.path)
        let memory = try Checkpoint(folder: folder)
        try memory.check(in: folder, engine: HypervisorVersion.text())
        if let client = try? KeeperClient.connect(directory: files.directory.path) {
            let driver = files.readRun()
            guard driver == nil || driver == name else {
                throw RunError(
                    .invalid, "testbed \(testbed) is now driven by run \(driver ?? "")", hint: "end it first: `rehearse down \(testbed)`")
            }
            try await client.end()
        }
        let start = HostClock.now()
        _ = try store.append(
            Event(
                time: start, .rewound(to: checkpoint.sequence, folder: saved.folder.lastPathComponent), step: checkpoint.step,
                machine: checkpoint.machine, text: "back to the checkpoint of step \(checkpoint.step)"))
        try? testbeds.removeFiles(testbed)
        try KeptTestbed.bringBack(run: store.directory, files: files)
        let raiser = TestbedRaiser(
            files: files, consoles: store.directory.appendingPathComponent("console"), slowness: slowness
        ) { [observer] in observer.observe(.raising($0, seconds: HostClock.now().seconds(since: start))) }
        let specification = try TestbedSpecification(json: Data(contentsOf: files.specification))
        let topology = try restoreTopology(files, machines: Set(memory.machines.map(\.specification.name)), slowness: slowness)
        do {
            let client = try await raiser.bringBack(
                specification, topology: topology, launcher: KeeperLauncher(arguments: [places.program, "keeper"]),
                checkpoint: saved.folder, provingReady: false)
            try await Procedures.install(
                on: client, machines: topology.machines.map(\.name), from: project.images, slowness: slowness)
            try Data((name + "\n").utf8).write(to: files.run, options: .atomic)
        } catch {
            try? await KeeperClient.connect(directory: files.directory.path).end()
            try? testbeds.removeFiles(testbed)
            throw error
        }
        return HostClock.now().seconds(since: start)
    }

    /// Has the testbed's files say which machines it had at the checkpoint that the journal goes on from: some may have joined or left since.
    ///
    /// - Parameter machines: The machines that the checkpoint holds. One that was switched off just then is not among them, and stays.
    private func restoreTopology(_ files: TestbedFiles, machines: Set<String>, slowness: Double) throws -> Topology {
        let kept = try files.readTopology()
        let events = try store.events()
        let joined = RunState(journal: events).joinedMachines
        let gone = Set(events.filter { $0.payload == .machineChanged(.joined) }.compactMap(\.machine)).subtracting(joined)
        let then = kept.roles.reduce(kept) { topology, role in
            let come = kept.spares.count { $0.role == role.role && machines.contains($0.name) }
            let left = kept.machines.count { $0.role == role.role && gone.contains($0.name) }
            return topology.scaled(role.role, by: come - left) ?? topology
        }
        guard then != kept else { return kept }
        try files.write(then)
        try RunRecord.setProbes(
            store, files: files, declaration: try project.topology(then.name).value.having(then), places: places, slowness: slowness)
        return then
    }
}
