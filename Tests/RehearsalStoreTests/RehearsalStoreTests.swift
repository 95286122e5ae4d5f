import Foundation
import RehearsalHistory
import RehearsalModel
import RehearsalStore
import Testing

/// A directory that is gone when the test is over.
struct Scratch: ~Copyable {
    let url: URL
    init() {
        url = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("rehearsal-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }
}

private func time(_ seconds: Double) -> Timestamp {
    Timestamp(iso8601: "2026-11-22T15:00:00Z")!.advanced(bySeconds: seconds)
}

@Suite struct RunStoreTests {
    @Test func everythingComesBack() throws {
        let scratch = Scratch()
        let directory = scratch.url.appendingPathComponent("run")
        let store = try RunStore.create(directory: directory)
        #expect(FileManager.default.fileExists(atPath: directory.appendingPathComponent("console").path))
        var conditions = RunMetadata(
            identifier: "r", scenario: "s", topology: "ha", strategy: "rolling", seed: .max, updateIdentifier: "u",
            accelerator: "tcg", acceleratorReason: "why", slowness: 11.25, version: "1", predictedSeconds: 12.5,
            planText: "├── ü", conditions: ["host": "h"])
        conditions.expectationsJSON = "[]"
        let machines = [MachineRecord(name: "b", role: "Controller", position: 0), MachineRecord(name: "a", role: "Compute", position: 1)]
        let steps = [
            StepRecord(id: "1", name: "one", kind: "sequence", position: 0),
            StepRecord(
                id: "1.1", parent: "1", name: "two", machine: "b", kind: "procedure", position: 1, boundSeconds: 60, predictedSeconds: 2.5,
                packages: ["a*", "b"]),
        ]
        let events = [
            Event(time: time(0), kind: .runStarted, text: "go", detail: ["a": "ä\n\"", "b": ""]),
            Event(time: time(1), kind: .stepStarted, step: "1.1", machine: "b"),
        ]
        let probes = [
            ProbeSpecification(
                name: "p", kind: "sql", target: "192.0.2.10:3306", periodMilliseconds: 250, settings: ["password": "hush-hush"])
        ]
        let samples = [
            Sample(probe: "p", start: time(2), latencyNanoseconds: 5, outcome: .late, detail: nil),
            Sample(probe: "p", start: time(1), latencyNanoseconds: 5_000_000_000, outcome: .timeout, detail: "ünd"),
        ]
        try store.setConditions(conditions)
        try store.setMachines(machines)
        try store.setSteps(steps)
        let appended = try events.map(store.append)
        try store.setProbes(probes)
        try store.setProbes(probes)
        try store.append(samples: samples)
        try store.setPackages([PackageVersion(name: "x", version: "1:2~3", source: "y")], machine: "b", moment: .before)
        try store.setChannel("candidate", packages: [PackageVersion(name: "x", version: "2")])
        #expect(appended.map(\.sequence) == [1, 2])

        for readOnly in [false, true] {
            let other = try RunStore.open(directory: directory, readOnly: readOnly)
            #expect(try other.conditions() == conditions)
            #expect(try other.machines() == machines)
            #expect(try other.steps() == steps)
            #expect(try other.events() == appended)
            #expect(try other.events(after: 1) == [appended[1]])
            #expect(try other.probes().map(\.settings) == [[:]])
            #expect(try other.samples(probe: "p") == samples.reversed())
            #expect(try other.samples(probe: "p", from: time(1.5)) == [samples[0]])
            #expect(try other.samples(probe: "none").isEmpty)
            #expect(try other.sampleCount() == 2)
            #expect(try other.packages(machine: "b", moment: .before) == [PackageVersion(name: "x", version: "1:2~3", source: "y")])
            #expect(try other.packages(machine: "b", moment: .after).isEmpty)
            #expect(try other.channel("candidate") == [PackageVersion(name: "x", version: "2")])
        }
    }

    @Test func settingsOfProbesNeverReachTheDisk() throws {
        let scratch = Scratch()
        let store = try RunStore.create(directory: scratch.url.appendingPathComponent("run"))
        try store.setProbes([
            ProbeSpecification(name: "p", kind: "sql", target: "t", periodMilliseconds: 1, settings: ["password": "hush-hush"])
        ])
        store.seal()
        for name in try FileManager.default.contentsOfDirectory(atPath: store.directory.path) where name.hasPrefix("run.sqlite") {
            let data = try Data(contentsOf: store.directory.appendingPathComponent(name))
            #expect(data.range(of: Data("hush-hush".utf8)) == nil)
        }
    }

    @Test func randomSamplesComeBackInOrder() throws {
        let scratch = Scratch()
        let store = try RunStore.create(directory: scratch.url.appendingPathComponent("run"))
        try store.setProbes(["a", "b"].map { ProbeSpecification(name: $0, kind: "tcp", target: "", periodMilliseconds: 50) })
        var samples = (0..<2_000).map { index in
            Sample(
                probe: index % 3 == 0 ? "a" : "b", start: time(Double(index) / 20), latencyNanoseconds: Int64(index) * 7_919,
                outcome: SampleOutcome.allCases[index % SampleOutcome.allCases.count], detail: index % 5 == 0 ? "d\(index)" : nil)
        }
        let expected = samples
        samples.reverse()
        for batch in 0..<20 { try store.append(samples: Array(samples[(batch * 100)..<(batch * 100 + 100)])) }
        #expect(try store.samples(probe: "a") == expected.filter { $0.probe == "a" })
        #expect(try store.samples(probe: "b") == expected.filter { $0.probe == "b" })
    }

    @Test func twoWritersWaitForEachOther() async throws {
        let scratch = Scratch()
        let engine = try RunStore.create(directory: scratch.url.appendingPathComponent("run"))
        try engine.setProbes([ProbeSpecification(name: "p", kind: "tcp", target: "", periodMilliseconds: 50)])
        let recorder = try RunStore.open(directory: engine.directory)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for index in 0..<60 { try engine.append(Event(time: time(Double(index)), kind: .note)) } }
            group.addTask {
                for index in 0..<60 {
                    try recorder.append(
                        samples: (0..<20).map {
                            Sample(probe: "p", start: time(Double(index * 20 + $0)), latencyNanoseconds: 0, outcome: .ok)
                        })
                }
            }
            try await group.waitForAll()
        }
        #expect(try engine.events().map(\.sequence) == Array(1...60))
        #expect(try engine.sampleCount() == 1_200)
    }

    @Test func aBatchIsStoredWholeOrNotAtAll() throws {
        let scratch = Scratch()
        let store = try RunStore.create(directory: scratch.url.appendingPathComponent("run"))
        try store.setProbes([ProbeSpecification(name: "p", kind: "tcp", target: "", periodMilliseconds: 50)])
        let error = #expect(throws: StoreError.self) {
            try store.append(samples: ["p", "q"].map { Sample(probe: $0, start: time(0), latencyNanoseconds: 0, outcome: .ok) })
        }
        #expect(error?.code == .invalid && error?.message == "cannot store a sample of probe q: the run has no such probe")
        #expect(try store.sampleCount() == 0)
    }

    @Test func sealedStoresAreOneFileThatCanBeReadWithoutWriting() throws {
        let scratch = Scratch()
        let directory = scratch.url.appendingPathComponent("run")
        let store = try RunStore.create(directory: directory)
        try store.append(Event(time: time(0), kind: .runStarted))
        store.seal()
        try store.close()
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasPrefix("run.") }
        #expect(files == ["run.sqlite"])
        // A resumed run goes on in the same file.
        let resumed = try RunStore.open(directory: directory)
        try resumed.append(Event(time: time(1), kind: .resumed))
        #expect(try RunStore.open(directory: directory, readOnly: true).events().count == 2)
    }

    @Test func badDirectoriesAreNamedErrors() throws {
        let scratch = Scratch()
        let directory = scratch.url.appendingPathComponent("run")
        #expect(throws: StoreError.self) { try RunStore.open(directory: directory) }
        _ = try RunStore.create(directory: directory)
        let exists = #expect(throws: StoreError.self) { try RunStore.create(directory: directory) }
        #expect(exists?.code == .exists)

        let broken = scratch.url.appendingPathComponent("broken")
        try FileManager.default.createDirectory(at: broken, withIntermediateDirectories: true)
        try Data("this is not a database, and it is long enough to be looked at as one".utf8).write(
            to: broken.appendingPathComponent("run.sqlite"))
        for readOnly in [true, false] {
            let damaged = #expect(throws: StoreError.self) { try RunStore.open(directory: broken, readOnly: readOnly) }
            #expect(damaged?.code == .damaged)
        }
        let store = try RunStore.open(directory: directory, readOnly: true)
        let refused = #expect(throws: StoreError.self) { try store.append(Event(time: time(0), kind: .note)) }
        #expect(refused?.code == .invalid)
    }

    /// Another process appends and is killed at once: what it appended is there, and its lock is free.
    @Test func nothingAppendedIsLostByAKill() async throws {
        let scratch = Scratch()
        let directory = scratch.url.appendingPathComponent("run")
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = directory.path as String] in
            let store = try RunStore.create(directory: URL(fileURLWithPath: path))
            let lock = try RunLock(directory: store.directory)
            try store.setProbes([ProbeSpecification(name: "p", kind: "tcp", target: "", periodMilliseconds: 50)])
            for index in 0..<20 {
                let time = Timestamp(seconds: Int64(index), nanoseconds: 0)
                try store.append(Event(time: time, kind: .note))
                try store.append(samples: [Sample(probe: "p", start: time, latencyNanoseconds: 0, outcome: .ok)])
            }
            withExtendedLifetime(lock) { _ = raise(SIGKILL) }
        }
        #expect(!RunLock.isHeld(directory: directory))
        let store = try RunStore.open(directory: directory, readOnly: true)
        #expect(try store.events().count == 20)
        #expect(try store.sampleCount() == 20)
    }
}

@Suite struct RunIndexTests {
    @Test func listsShowsAndRemoves() throws {
        let scratch = Scratch()
        let index = RunIndex(stateDirectory: scratch.url)
        #expect(try index.list().isEmpty)
        let first = try index.create(strategy: "rolling", at: time(0))
        let second = try index.create(strategy: "rolling", at: time(0))
        let third = try index.create(strategy: "../talk", at: time(60))
        #expect(first.directory.lastPathComponent == "20261122-150000-rolling")
        #expect(second.directory.lastPathComponent == "20261122-150000-rolling-2")
        #expect(third.directory.lastPathComponent == "20261122-150100-talk")
        try first.append(Event(time: time(0), kind: .runStarted))
        try second.append(Event(time: time(5), kind: .runStarted))
        try second.append(Event(time: time(9), kind: .runEnded, detail: ["verdict": "unknown"]))
        try third.append(Event(time: time(60), kind: .runStarted))
        let lock = try RunLock(directory: first.directory)

        let runs = try index.list()
        #expect(runs.map(\.identifier) == ["20261122-150000-rolling", "20261122-150000-rolling-2", "20261122-150100-talk"])
        #expect(runs.map(\.state) == [.running, .ended, .interrupted])
        #expect(runs[1].verdict == "unknown" && runs[1].ended == time(9) && runs[1].bytes > 0)
        #expect(try index.show("latest").identifier == "20261122-150100-talk")
        #expect(try index.show("20261122-1501").identifier == "20261122-150100-talk")
        #expect(try index.show("20261122-150000-rolling").identifier == "20261122-150000-rolling")
        let several = #expect(throws: StoreError.self) { try index.show("20261122") }
        #expect(several?.code == .invalid)
        for name in ["", "..", "../..", "nothing"] {
            let missing = #expect(throws: StoreError.self) { try index.remove(name) }
            #expect(missing?.code == .notFound)
        }
        let busy = #expect(throws: StoreError.self) { try index.remove("20261122-150000-rolling") }
        #expect(busy?.code == .busy)
        try index.remove("20261122-150100-talk")
        #expect(try index.list().count == 2)
        withExtendedLifetime(lock) {}
    }

    @Test func checkpointsOfTheOldestRunsGoFirstAndTheirHistoryStays() throws {
        let scratch = Scratch()
        let index = RunIndex(stateDirectory: scratch.url)
        let runs = try (0..<3).map { try index.create(strategy: "rolling", at: time(Double($0) * 60)) }
        for (number, run) in runs.enumerated() {
            try run.append(Event(time: time(Double(number) * 60), kind: .runStarted))
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

    @Test func aRunThatWentBackAfterItsEndIsNotOver() throws {
        let scratch = Scratch()
        let index = RunIndex(stateDirectory: scratch.url)
        let run = try index.create(strategy: "rolling", at: time(0))
        try run.append(Event(time: time(0), kind: .runStarted))
        let place = try run.append(Event(time: time(1), kind: .checkpointed, step: "1"))
        try run.append(Event(time: time(2), kind: .runEnded))
        #expect(try index.show("latest").state == .ended)
        try run.append(Event(time: time(3), kind: .rewound, step: "1", detail: ["sequence": "\(place.sequence)"]))
        #expect(try index.show("latest").state == .interrupted)
    }

    @Test func allProcessesOfARunCountTimeFromOneOffset() throws {
        let scratch = Scratch()
        let run = try RunStore.create(directory: scratch.url.appendingPathComponent("run"))
        let first = try RunClock.offset(of: run)
        #expect(abs(first - RunClock.measuredOffset()) < 1_000_000_000)
        let key = try #require(try run.metadata().keys.first { $0.hasPrefix("clock_offset_ns.") })
        // As if the wall clock had been set since.
        try run.setMetadata([key: "\(first - 1_200_000_000_000)"])
        let again = try RunStore.open(directory: run.directory)
        #expect(try RunClock.offset(of: again) == first - 1_200_000_000_000)
    }

    @Test func aDamagedRunDoesNotHideTheOthers() throws {
        let scratch = Scratch()
        let index = RunIndex(stateDirectory: scratch.url)
        _ = try index.create(strategy: "rolling", at: time(0))
        try FileManager.default.createDirectory(at: index.runsDirectory.appendingPathComponent("junk"), withIntermediateDirectories: true)
        #expect(Set(try index.list().map(\.state)) == [.interrupted, .damaged])
        try index.remove("junk")
        #expect(try index.list().count == 1)
    }
}
