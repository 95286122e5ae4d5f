import Foundation
import RehearsalHistory
import RehearsalModel
import RehearsalStore
import RehearsalTesting
import Testing

@Suite("store of a run")
struct RunStoreTests {
    @Test("everything stored comes back")
    func roundTrip() throws {
        let scratch = Scratch()
        let directory = scratch.url.appendingPathComponent("run")
        let store = try RunStore.create(directory: directory)
        #expect(FileManager.default.fileExists(atPath: directory.appendingPathComponent("console").path))
        var conditions = RunMetadata(
            identifier: "r", scenario: "s", topology: "ha", strategy: "rolling", seed: .max, updateIdentifier: "u",
            accelerator: .tcg, acceleratorReason: "why", slowness: 11.25, version: "1", predictedSeconds: 12.5,
            planText: "├── ü", conditions: ["host": "h"])
        conditions.expectationsJSON = "[]"
        let machines = [MachineRecord(name: "b", role: "Controller", position: 0), MachineRecord(name: "a", role: "Compute", position: 1)]
        let steps = [
            StepRecord(id: "1", name: "one", kind: .sequence, position: 0),
            StepRecord(
                id: "1.1", parent: "1", name: "two", machine: "b", kind: .procedure, position: 1, boundSeconds: 60, predictedSeconds: 2.5,
                packages: ["a*", "b"]),
        ]
        let events = [
            Event(time: time(0), .runStarted, text: "go"),
            Event(time: time(0), .unknown(kind: "later", detail: ["a": "ä\n\"", "b": ""]), text: "not known yet"),
            Event(time: time(1), .stepStarted(), step: "1.1", machine: "b"),
        ]
        let probes = [
            ProbeSpecification(
                name: "p", kind: "sql", target: "192.0.2.10:3306", periodMilliseconds: 250, settings: ["password": "hush-hush"])
        ]
        let samples = [
            Sample(probe: "p", start: time(2), latencyNanoseconds: 5, outcome: .late, detail: nil),
            Sample(
                probe: "p", start: time(1), latencyNanoseconds: 5_000_000_000, connectedNanoseconds: 7, firstByteNanoseconds: 9,
                outcome: .timeout, detail: "ünd"),
        ]
        let host = [0.0, 1].map {
            HostSample(
                time: time($0), processorPressureNanoseconds: Int64($0 * 500_000_000), storagePressureNanoseconds: 0, stolenNanoseconds: 0,
                freeBytes: 7)
        }
        let guests = [0.0, 1].map {
            GuestSample(
                time: time($0), machine: "a", ranNanoseconds: Int64($0 * 9), waitedNanoseconds: Int64($0 * 5), loopWaitedNanoseconds: 0)
        }
        try store.setConditions(conditions)
        try store.setMachines(machines)
        try store.setSteps(steps)
        let appended = try events.map(store.append)
        try store.setProbes(probes)
        try store.setProbes(probes)
        try store.append(samples: samples)
        try store.append(host: host, guests: guests)
        try store.append(host: [], guests: [])
        try store.setPackages([PackageVersion(name: "x", version: "1:2~3", source: "y")], machine: "b", moment: .before)
        try store.setChannel("candidate", packages: [PackageVersion(name: "x", version: "2")])
        #expect(appended.map(\.sequence) == [1, 2, 3])

        for readOnly in [false, true] {
            let other = try RunStore.open(directory: directory, readOnly: readOnly)
            #expect(try other.conditions() == conditions)
            #expect(try other.machines() == machines)
            #expect(try other.steps() == steps)
            #expect(try other.events() == appended)
            #expect(try other.events(after: 2) == [appended[2]])
            #expect(try other.probes().map(\.settings) == [[:]])
            #expect(try other.samples(probe: "p") == samples.reversed())
            #expect(try other.samples(probe: "p", from: time(1.5)) == [samples[0]])
            #expect(try other.samples(probe: "none").isEmpty)
            #expect(try other.sampleCount() == 2)
            let load = try other.hostLoad(until: nil)
            #expect(load.ticks.count == 1 && load.ticks[0].pressure == 0.5 && load.ticks[0].waitedNanoseconds == 5)
            #expect(try other.hostLoad(until: time(0.5)).ticks.isEmpty)
            #expect(try other.packages(machine: "b", moment: .before) == [PackageVersion(name: "x", version: "1:2~3", source: "y")])
            #expect(try other.packages(machine: "b", moment: .after).isEmpty)
            #expect(try other.channel("candidate") == [PackageVersion(name: "x", version: "2")])
        }
    }

    @Test("settings of probes never reach the disk")
    func settings() throws {
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

    @Test("samples come back in order")
    func order() throws {
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

    @Test("two writers wait for each other")
    func writers() async throws {
        let scratch = Scratch()
        let engine = try RunStore.create(directory: scratch.url.appendingPathComponent("run"))
        try engine.setProbes([ProbeSpecification(name: "p", kind: "tcp", target: "", periodMilliseconds: 50)])
        let recorder = try RunStore.open(directory: engine.directory)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for index in 0..<60 { try engine.append(Event(time: time(Double(index)), .planned)) } }
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

    @Test("a batch is stored whole or not at all")
    func batch() throws {
        let scratch = Scratch()
        let store = try RunStore.create(directory: scratch.url.appendingPathComponent("run"))
        try store.setProbes([ProbeSpecification(name: "p", kind: "tcp", target: "", periodMilliseconds: 50)])
        let error = #expect(throws: StoreError.self) {
            try store.append(samples: ["p", "q"].map { Sample(probe: $0, start: time(0), latencyNanoseconds: 0, outcome: .ok) })
        }
        #expect(error?.code == .invalid && error?.message == "cannot store a sample of probe q: the run has no such probe")
        #expect(try store.sampleCount() == 0)
    }

    @Test("a sealed store is one file that can be read without writing")
    func sealed() throws {
        let scratch = Scratch()
        let directory = scratch.url.appendingPathComponent("run")
        let store = try RunStore.create(directory: directory)
        try store.append(Event(time: time(0), .runStarted))
        store.seal()
        try store.close()
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasPrefix("run.") }
        #expect(files == ["run.sqlite"])
        // A resumed run goes on in the same file.
        let resumed = try RunStore.open(directory: directory)
        try resumed.append(Event(time: time(1), .resumed))
        #expect(try RunStore.open(directory: directory, readOnly: true).events().count == 2)
    }

    @Test("a bad directory is an error with its own code")
    func badDirectories() throws {
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
        let refused = #expect(throws: StoreError.self) { try store.append(Event(time: time(0), .planned)) }
        #expect(refused?.code == .invalid)
    }

    /// Another process appends and is killed at once: what it appended is there, and its lock is free.
    @Test("nothing appended is lost by a kill")
    func killed() async throws {
        let scratch = Scratch()
        let directory = scratch.url.appendingPathComponent("run")
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = directory.path as String] in
            let store = try RunStore.create(directory: URL(fileURLWithPath: path))
            let lock = try RunLock(directory: store.directory)
            try store.setProbes([ProbeSpecification(name: "p", kind: "tcp", target: "", periodMilliseconds: 50)])
            for index in 0..<20 {
                let time = Timestamp(seconds: Int64(index), nanoseconds: 0)
                try store.append(Event(time: time, .planned))
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
