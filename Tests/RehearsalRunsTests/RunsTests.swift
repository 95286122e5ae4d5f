import Foundation
import RehearsalChecks
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalStore
import RehearsalTestbed
import RehearsalTesting
import Testing

@testable import RehearsalRuns

/// Runs on a testbed of machines in memory, driven as a command drives them.
@Suite("runs", .timeLimit(.minutes(1)))
struct RunsTests {
    /// A run on the testbed whose record is written and of which nothing is done yet; its name.
    private func begun(on cloud: FakeCloud) throws -> String {
        let store = try RunIndex(stateDirectory: cloud.places.state).create(strategy: "rolling", at: HostClock.now())
        defer { try? store.close() }
        try RunRecord.begin(store, prepared: cloud.prepared(), plan: cloud.plan(), testbed: FakeCloud.name)
        try store.setMetadata(["checkpoints": CheckpointPolicy.none.rawValue])
        let name = store.directory.lastPathComponent
        try Data((name + "\n").utf8).write(to: cloud.files.run)
        return name
    }

    private func resume(_ run: String, on cloud: FakeCloud, _ answer: Answering.Answer, _ diary: Diary) async throws -> Verdict? {
        try await Runs(places: cloud.places, observer: diary).resume(
            run, in: try Project(root: Checkout.root), keep: false, operator: Answering(answer: answer), reporter: diary)
    }

    private func events(of run: String, on cloud: FakeCloud) throws -> [Event] {
        try RunIndex(stateDirectory: cloud.places.state).open(run).events()
    }

    @Test("what happens is observed in the order in which it happens, and the verdict is kept")
    func order() async throws {
        try await FakeCloud.up { cloud in
            let run = try begun(on: cloud)
            let diary = Diary()
            // Nothing was recorded of the machines in memory, and their packages never change.
            #expect(try await resume(run, on: cloud, .proceed, diary) == .fail)
            #expect(cloud.started == ["compute-0 update-machine"])
            let words = diary.words
            #expect(words.first == "executing \(run) after 3 events")
            #expect(Array(words.suffix(3)) == ["gatheringFacts", "report", "kept mine"])
            let steps = words.filter { $0.hasPrefix("stepStarted") || $0.hasPrefix("substepStarted") || $0.hasPrefix("breakpoint") }
            #expect(
                steps == [
                    "stepStarted 1", "stepStarted 2", "stepStarted 3", "stepStarted 3.1", "breakpointReached 3.1",
                    "breakpointCleared 3.1", "stepStarted 3.2", "stepStarted 3.3", "substepStarted 3.3.1", "stepStarted 4", "stepStarted 5",
                ])
            let journal = try events(of: run, on: cloud)
            #expect(journal.prefix(3).map(\.kind) == [.runStarted, .planned, .resumed])
            #expect(journal.suffix(2).map(\.kind) == [.verdict, .runEnded])
            #expect(try RunIndex(stateDirectory: cloud.places.state).show(run).verdict == .fail)
        }
    }

    @Test("a testbed that was raised from other images than a run would use is not driven by it")
    func otherImages() async throws {
        try await FakeCloud.up { cloud in
            let runs = Runs(places: cloud.places, observer: Diary())
            var specification = try TestbedSpecification(json: Data(contentsOf: cloud.files.specification))
            let roles = Dictionary(uniqueKeysWithValues: cloud.topology.machines.map { ($0.name, $0.role) })
            for (index, machine) in specification.machines.enumerated() {
                specification.machines[index].backing = "/nonexistent/\(roles[machine.name] ?? "")"
                specification.machines[index].backingFormat = "qcow2"
            }
            try specification.json().write(to: cloud.files.specification)
            try runs.requireRaised(try runs.testbeds.chooseUndriven(FakeCloud.name), from: cloud.prepared())
            // As with `--candidate` of a run that its testbed was not raised with: another channel makes other images.
            specification.machines[0].backing = "/nonexistent/other"
            try specification.json().write(to: cloud.files.specification)
            let error = #expect(throws: RunError.self) {
                try runs.requireRaised(try runs.testbeds.chooseUndriven(FakeCloud.name), from: cloud.prepared())
            }
            #expect(error?.code == .invalid)
        }
    }

    @Test("a testbed that another command begins a run on is not taken down")
    func takenDown() async throws {
        try await FakeCloud.up { cloud in
            let testbeds = Testbeds(cloud.places)
            let claim = try TestbedClaim(FakeCloud.name, in: testbeds)
            let error = await #expect(throws: RunError.self) { try await testbeds.end(FakeCloud.name) }
            #expect(error?.code == .busy)
            #expect(try testbeds.choose(FakeCloud.name).name == FakeCloud.name, "its keeper was not ended")
            withExtendedLifetime(claim) {}
        }
    }

    @Test("a run that its operator leaves has no verdict; taken up again it does what is left, and nothing twice")
    func leaving() async throws {
        try await FakeCloud.up { cloud in
            let run = try begun(on: cloud)
            let first = Diary()
            #expect(try await resume(run, on: cloud, .leave, first) == nil)
            #expect(Array(first.words.suffix(3)) == ["executed", "report", "left mine "], "who waits for its files finds them")
            #expect(try events(of: run, on: cloud).last?.kind == .interrupted)
            #expect(try Runs(places: cloud.places, observer: first).unfinishedRun(on: cloud.files) == run)
            #expect(cloud.started.isEmpty)

            let second = Diary()
            #expect(try await resume(run, on: cloud, .proceed, second) == .fail)
            #expect(!second.words.contains("stepStarted 1"))
            #expect(second.words.contains("stepStarted 3.1"))
            #expect(cloud.started == ["compute-0 update-machine"])
            #expect(try Runs(places: cloud.places, observer: second).unfinishedRun(on: cloud.files) == nil)
        }
    }

    @Test("a run that cannot be executed is not shown as one that is")
    func noTopology() async throws {
        try await FakeCloud.up { cloud in
            let run = try begun(on: cloud)
            try FileManager.default.removeItem(at: cloud.files.topology)
            let diary = Diary()
            await #expect(throws: TestbedError.self) { _ = try await resume(run, on: cloud, .proceed, diary) }
            #expect(!diary.words.contains { $0.hasPrefix("executing") })
        }
    }

    @Test("a run that is stopped at a breakpoint says before which machine")
    func stopping() async throws {
        try await FakeCloud.up { cloud in
            let diary = Diary()
            let run = try begun(on: cloud)
            #expect(try await resume(run, on: cloud, .stop, diary) == nil)
            #expect(Array(diary.words.suffix(3)) == ["executed", "report", "left mine compute-0"])
            #expect(cloud.started.isEmpty)
        }
    }

    @Test("a run that has ended, and one that another engine drives, are not taken up")
    func refused() async throws {
        try await FakeCloud.up { cloud in
            let run = try begun(on: cloud)
            do {
                let lock = try RunLock(directory: RunIndex(stateDirectory: cloud.places.state).directory(of: run))
                defer { withExtendedLifetime(lock) {} }
                let busy = await #expect(throws: StoreError.self) { _ = try await resume(run, on: cloud, .proceed, Diary()) }
                #expect(busy?.code == .busy)
            }
            _ = try await resume(run, on: cloud, .proceed, Diary())
            let ended = await #expect(throws: RunError.self) { _ = try await resume(run, on: cloud, .proceed, Diary()) }
            #expect(ended?.code == .invalid)
            #expect(ended?.message == "run \(run) has ended")
        }
    }

    @Test("a run without a checkpoint cannot be taken back, and says how it would have one")
    func noCheckpoint() async throws {
        try await FakeCloud.up { cloud in
            let run = try begun(on: cloud)
            let runs = Runs(places: cloud.places, observer: Diary())
            #expect(try runs.checkpoints(of: run).isEmpty)
            let error = await #expect(throws: RunError.self) {
                _ = try await runs.rewind(run, to: nil, in: try Project(root: Checkout.root))
            }
            #expect(error?.hint?.contains("--checkpoint breakpoints") == true)
        }
    }

    @Test("a checkpoint that cannot be brought back on this host is refused before the testbed is ended and anything is journalled")
    func unusable() async throws {
        try await FakeCloud.up { cloud in
            let run = try begun(on: cloud)
            let store = try RunIndex(stateDirectory: cloud.places.state).open(run, readOnly: false)
            let checkpoints = RunStore.checkpoints(in: store.directory)
            let folder = checkpoints.appending(path: "1.1")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let manifest = Checkpoint(
                time: HostClock.now(), stoodStillFrom: 1, stoodStillTo: 2, engine: "another engine", spreadSeconds: 0, machines: [])
            try JSONEncoder().encode(manifest).write(to: folder.appending(path: Checkpoint.manifest))
            try store.append(
                Event(time: HostClock.now(), .checkpointed(Event.Saving(files: Event.SavedFiles(folder: "1.1"))), step: "1.1"))
            try store.close()
            let before = try events(of: run, on: cloud)

            func refusal() async -> (any Error)? {
                await #expect(throws: (any Error).self) {
                    let runs = Runs(places: cloud.places, observer: Diary())
                    _ = try await runs.rewind(run, to: nil, in: try Project(root: Checkout.root))
                }
            }
            #expect((await refusal() as? RunError)?.message.contains("would be raised again") == true)
            try Data("{}".utf8).write(to: cloud.files.recorderConfiguration)
            try KeptTestbed.keep(run: store.directory, files: cloud.files)
            #expect((await refusal() as? TestbedError)?.message.contains("another engine") == true)
            #expect(try events(of: run, on: cloud) == before)
            #expect(Testbeds(cloud.places).up() == [FakeCloud.name])
        }
    }
}
