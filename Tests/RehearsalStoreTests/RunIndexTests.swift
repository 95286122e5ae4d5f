import Foundation
import GRDB
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalStore
import RehearsalTesting
import Testing

@Suite("index of runs")
struct RunIndexTests {
    @Test("runs are listed, shown and removed")
    func listed() throws {
        let scratch = Scratch()
        let index = RunIndex(stateDirectory: scratch.url)
        #expect(try index.list().isEmpty)
        let first = try index.create(strategy: "rolling", at: time(0))
        let second = try index.create(strategy: "rolling", at: time(0))
        let third = try index.create(strategy: "../talk", at: time(60))
        #expect(first.directory.lastPathComponent == "20261122-150000-rolling")
        #expect(second.directory.lastPathComponent == "20261122-150000-rolling-2")
        #expect(third.directory.lastPathComponent == "20261122-150100-talk")
        try first.append(Event(time: time(0), .runStarted))
        try second.append(Event(time: time(5), .runStarted))
        try second.append(Event(time: time(9), .runEnded))
        try second.set(.verdict, to: "unknown")
        try third.append(Event(time: time(60), .runStarted))
        let lock = try RunLock(directory: first.directory)

        let runs = try index.list()
        #expect(runs.map(\.identifier) == ["20261122-150000-rolling", "20261122-150000-rolling-2", "20261122-150100-talk"])
        #expect(runs.map(\.state) == [.running, .ended, .interrupted])
        #expect(runs[1].verdict == .unknown && runs[1].ended == time(9) && runs[1].bytes > 0)
        #expect(try index.show("latest").identifier == "20261122-150100-talk")
        #expect(try index.show("20261122-1501").identifier == "20261122-150100-talk")
        #expect(try index.show("20261122-150000-rolling").identifier == "20261122-150000-rolling")
        let several = #expect(throws: StoreError.self) { try index.show("20261122") }
        #expect(several?.code == .invalid)
        for name in ["", "..", "../..", "nothing"] {
            let missing = #expect(throws: StoreError.self) { try index.remove(name) }
            #expect(missing?.code == .notFound)
        }
        // A path is good for reading, and for nothing else.
        let path = index.runsDirectory.appendingPathComponent("20261122-150100-talk").path
        #expect(try index.open(path).directory.lastPathComponent == "20261122-150100-talk")
        #expect(try index.open(path + "/run.sqlite").directory.lastPathComponent == "20261122-150100-talk")
        #expect(throws: StoreError.self) { try index.open(path, readOnly: false) }
        #expect(throws: StoreError.self) { try index.remove(path) }
        let busy = #expect(throws: StoreError.self) { try index.remove("20261122-150000-rolling") }
        #expect(busy?.code == .busy)
        try index.remove("20261122-150100-talk")
        #expect(try index.list().count == 2)
        withExtendedLifetime(lock) {}
    }

    @Test("checkpoints of the oldest runs go first, and their history stays")
    func checkpoints() throws {
        let scratch = Scratch()
        let index = RunIndex(stateDirectory: scratch.url)
        let runs = try (0..<3).map { try index.create(strategy: "rolling", at: time(Double($0) * 60)) }
        for (number, run) in runs.enumerated() {
            try run.append(Event(time: time(Double(number) * 60), .runStarted))
            let folder = RunStore.checkpoints(in: run.directory).appendingPathComponent("5.1.1")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(count: 100_000).write(to: folder.appendingPathComponent("controller-0.qcow2"))
            // A second name for a file takes no further room.
            try FileManager.default.linkItem(
                at: folder.appendingPathComponent("controller-0.qcow2"), to: folder.appendingPathComponent("controller-0.1.qcow2"))
        }
        let bytes = try index.list().map(\.checkpointBytes)
        #expect(bytes.allSatisfy { $0 >= 100_000 && $0 < 190_000 }, "\(bytes)")
        let lock = try RunLock(directory: runs[0].directory)
        #expect(try index.cleanCheckpoints(keepBytes: bytes[0] + bytes[2]) == [runs[1].directory.lastPathComponent], "the first is driven")
        withExtendedLifetime(lock) {}
        #expect(try index.list().map { $0.checkpointBytes > 0 } == [true, false, true])
        #expect(try runs[1].events().count == 1)
        #expect(try index.cleanCheckpoints(keepBytes: .max).isEmpty)
        #expect(throws: StoreError.self) { try index.removeCheckpoints(of: runs[1].directory.lastPathComponent) }
    }

    @Test("a run that went back after its end is not over")
    func rewound() throws {
        let scratch = Scratch()
        let index = RunIndex(stateDirectory: scratch.url)
        let run = try index.create(strategy: "rolling", at: time(0))
        try run.append(Event(time: time(0), .runStarted))
        let place = try run.append(Event(time: time(1), .checkpointed(Event.Saving()), step: "1"))
        try run.append(Event(time: time(2), .runEnded))
        #expect(try index.show("latest").state == .ended)
        try run.append(Event(time: time(3), .rewound(to: place.sequence), step: "1"))
        #expect(try index.show("latest").state == .interrupted)
    }

    @Test("all processes of a run count time from one offset")
    func clock() throws {
        let scratch = Scratch()
        let run = try RunStore.create(directory: scratch.url.appendingPathComponent("run"))
        let first = try RunClock.offset(of: run)
        let key = try #require(try run.metadata().keys.first { $0.hasPrefix("clock_offset_ns.") })
        // As if the wall clock had been set since.
        try run.setMetadata([key: "\(first - 1_200_000_000_000)"])
        let again = try RunStore.open(directory: run.directory)
        #expect(try RunClock.offset(of: again) == first - 1_200_000_000_000)
    }

    @Test("a damaged run does not hide the others")
    func damaged() throws {
        let scratch = Scratch()
        let index = RunIndex(stateDirectory: scratch.url)
        _ = try index.create(strategy: "rolling", at: time(0))
        try FileManager.default.createDirectory(at: index.runsDirectory.appendingPathComponent("junk"), withIntermediateDirectories: true)
        #expect(Set(try index.list().map(\.state)) == [.interrupted, .damaged])
        try index.remove("junk")
        #expect(try index.list().count == 1)
    }

    @Test("a run whose store a newer version wrote is not damaged, and says so")
    func newer() throws {
        let scratch = Scratch()
        let index = RunIndex(stateDirectory: scratch.url)
        let run = try index.create(strategy: "rolling", at: time(0))
        let directory = run.directory
        try run.close()
        let queue = try DatabaseQueue(path: directory.appendingPathComponent(RunStore.databaseName).path)
        try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('of a version to come')") }
        try queue.close()
        #expect(try index.list().map(\.state) == [.newer])
        let refused = #expect(throws: StoreError.self) { try RunStore.open(directory: directory) }
        #expect(refused?.code == .newer)
    }

    @Test("what a run did before it was taken back does not count for how long it took")
    func durationOfBranch() throws {
        let scratch = Scratch()
        let index = RunIndex(stateDirectory: scratch.url)
        let run = try index.create(strategy: "rolling", at: time(0))
        try run.append(Event(time: time(0), .runStarted))
        let saving = Event.Saving(
            pause: Event.Pause(start: time(10), end: time(11)), files: Event.SavedFiles(folder: "1", bytes: 1, spreadSeconds: 0))
        let saved = try run.append(Event(time: time(11), .checkpointed(saving)))
        try run.append(Event(time: time(70), .runEnded))
        #expect(try index.show("latest").durationSeconds == 70)
        try run.append(Event(time: time(100), .rewound(to: saved.sequence, folder: "1")))
        try run.append(Event(time: time(105), .recorderStarted))
        try run.append(Event(time: time(110), .runEnded))
        #expect(try index.show("latest").durationSeconds == 16, "from 0 to 11 and from 105 to 110")
    }

    @Test("a run with events that only a later version knows is not damaged")
    func laterEvents() throws {
        let scratch = Scratch()
        let index = RunIndex(stateDirectory: scratch.url)
        let run = try index.create(strategy: "rolling", at: time(0))
        try run.append(Event(time: time(0), .runStarted))
        try run.append(Event(time: time(1), .unknown(kind: "serverMigrated", detail: ["to": "compute-1"])))
        #expect(try index.show("latest").state == .interrupted)
        try run.append(Event(time: time(2), .runEnded))
        #expect(try index.show("latest").state == .ended)
    }
}
