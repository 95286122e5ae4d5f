import Foundation
import RehearsalChecks
import RehearsalDeclaration
import RehearsalEngine
public import RehearsalHistory
import RehearsalHost
import RehearsalImages
import RehearsalKeeper
import RehearsalModel
import RehearsalPlanner
import RehearsalStore
public import RehearsalTestbed

/// A run that was left goes on.
extension Runs {
    /// Goes on with a run where its journal ends; raises its testbed again from the last checkpoint if it is gone.
    ///
    /// - Parameters:
    ///   - name: The run's name, a beginning of it that fits no other, or `latest`.
    ///   - keep: Whether a testbed that was raised for the run stays up at its end.
    /// - Returns: The verdict; nil for a run that was left or stopped again.
    public func resume(
        _ name: String, in project: Project, keep: Bool, operator driver: any RunOperator, reporter: any RunReporter
    ) async throws -> Verdict? {
        let store = try index.open(name, readOnly: false)
        let run = store.directory.lastPathComponent
        let lock = try RunLock(directory: store.directory)
        try HostClock.adopt(store)
        let conditions = try store.conditions()
        guard let planText = conditions.planJSON, let testbed = conditions.testbed else {
            throw RunError(.invalid, "run \(run) holds no plan to go on with")
        }
        if RunState(journal: try store.events()).end != nil {
            // A step that failed ends its run. The update that it was part of is not over on a testbed that was kept.
            let further =
                (try? testbeds.connect(testbed)).map { _ in
                    "; go on with the same update on its testbed with `rehearse update \(conditions.scenario) --testbed \(testbed) "
                        + "--identifier \(conditions.updateIdentifier)`"
                } ?? ""
            throw RunError(
                .invalid, "run \(run) has ended",
                hint: "see it with `rehearse report \(run)`, or go back with `rehearse rewind \(run)`\(further)")
        }
        try testbeds.requireUndriven(testbed, except: run)
        let files = testbeds.files(testbed)
        let slowness = conditions.slowness
        let client: KeeperClient
        do {
            client = try await alive(files)
        } catch {
            try requireGone(error, of: store)
            let rewinder = Rewinder(places: places, project: project, store: store, observer: observer)
            guard let last = try rewinder.saved().last else {
                throw RunError(
                    .trouble, "run \(run) cannot go on: \(error.quoted)",
                    hint: "it has no checkpoint; report what there is with `rehearse report \(run)`, and start a new run")
            }
            observer.observe(.goingBack(step: last.checkpoint.step, reason: error.quoted))
            try await rewinder.rewind(to: last, slowness: slowness, lock: lock)
            client = try await alive(files)
        }
        _ = try store.append(Event(time: HostClock.now(), .resumed, text: "taken up again"))
        let session = RunSession(
            places: places, project: project, store: store, lock: lock, plan: try Plan(json: planText),
            testbed: LiveTestbed(name: testbed, files: files, client: client),
            slowness: slowness, checkpoints: conditions.checkpoints ?? CheckpointPolicy.none,
            driver: driver, observer: observer, reporter: reporter)
        return try await finish(session, keep: keep || testbed != run)
    }

    /// Throws the reason why a testbed cannot be gone on with, unless it is gone, or was left half on its way back from a checkpoint: all else
    /// is to be looked at first, because going back ends the testbed.
    private func requireGone(_ error: any Error, of store: RunStore) throws {
        let code = (error as? TestbedError)?.code
        let isGone = code == .gone || code == .notFound
        let last = try store.events().last { $0.kind != .resumed }
        let wasGoingBack = code == .invalidState && last?.kind == .rewound
        guard !isGone, !wasGoingBack else { return }
        let run = store.directory.lastPathComponent
        throw RunError(
            .trouble, "run \(run) cannot go on: \(error.quoted)",
            hint: "look with `rehearse status`; `rehearse rewind \(run)` goes back to its last checkpoint")
    }

    /// The testbed, if its keeper answers and no machine was left behind on the way back from a checkpoint.
    private func alive(_ files: TestbedFiles) async throws -> KeeperClient {
        let client = try KeeperClient.connect(directory: files.directory.path)
        // Machines that may join later are off. That the topology cannot be read is for those who need it: the testbed is not gone for that.
        let spares = Set((try? files.readTopology())?.spares.map(\.name) ?? [])
        func notRunning() async throws -> [MachineStatus] {
            try await client.machines().filter { $0.state != .running && !spares.contains($0.name) }
        }
        var off = try await notRunning()
        // A checkpoint that an engine asked for before it died is taken to its end.
        for _ in 0..<60 where off.contains(where: { $0.state == .paused }) {
            try await Task.sleep(for: .seconds(1))
            off = try await notRunning()
        }
        guard off.isEmpty else {
            throw TestbedError(
                .invalidState, "not all machines are on: \(off.map { "\($0.name) is \($0.state.rawValue)" }.joined(separator: ", "))")
        }
        return client
    }

    /// The run that last drove a testbed, unless it has ended or is gone.
    public func unfinishedRun(on files: TestbedFiles) throws -> String? {
        guard let name = files.readRun(), let store = try? index.open(name) else { return nil }
        return RunState(journal: try store.events()).end == nil ? name : nil
    }
}
