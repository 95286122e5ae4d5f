import Foundation
import RehearsalHost
import RehearsalModel
import RehearsalTestbed
import RehearsalTesting
import Synchronization
import Testing

@testable import RehearsalEngine

@Suite("testbed raiser")
struct TestbedRaiserTests {
    private let machines = ["controller-0", "compute-0"]

    private func raiser(consoles: URL = URL(fileURLWithPath: "/nonexistent"), boot: Double = 0.5, ready: Double = 0.5) -> TestbedRaiser {
        var bounds = TestbedRaiser.Bounds()
        bounds.boot = boot
        bounds.ready = ready
        return TestbedRaiser(
            files: TestbedFiles(directory: URL(fileURLWithPath: "/nonexistent")), consoles: consoles, slowness: 1, bounds: bounds,
            progress: { _ in })
    }

    @Test("a machine that never boots is named, with the last words of its console")
    func neverBoots() async throws {
        let consoles = URL(fileURLWithPath: "/consoles")
        let hypervisor = FakeHypervisor(machines: machines) { machine, _, _ in
            if machine == "compute-0" { throw TestbedError(.timeout, "no answer") }
            return CommandResult(status: 0)
        }
        for line in ["booting", "Kernel panic - not syncing: No working init found"] { await hypervisor.say(line, on: "compute-0") }
        let error = try await #require(throws: EngineError.self) {
            try await raiser(consoles: consoles).bringUp(hypervisor, machines: machines)
        }
        #expect(error.code == .machineUnreachable)
        #expect("\(error)".contains("compute-0: Kernel panic - not syncing: No working init found"))
        #expect(!"\(error)".contains("controller-0"))
        #expect("\(error)".contains(consoles.path))
    }

    @Test("a keeper that is gone ends the wait for its machines at once")
    func keeperGone() async throws {
        let hypervisor = FakeHypervisor(machines: machines) { _, _, _ in throw TestbedError(.gone, "the keeper is gone") }
        let error = try await #require(throws: TestbedError.self) {
            try await raiser(boot: 600).bringUp(hypervisor, machines: machines)
        }
        #expect(error.code == .gone)
    }

    @Test("every service that never gets ready is named, with what it lacks and the remedy")
    func neverReady() async throws {
        let hypervisor = FakeHypervisor(machines: machines) { machine, argv, _ in
            guard argv == Readiness.program, machine == "controller-0" else { return CommandResult(status: 0) }
            return CommandResult(status: 1, standardOutput: "cluster ok quorum 1/1\ngalera wait Initialized 0\n")
        }
        let error = try await #require(throws: EngineError.self) { try await raiser().bringUp(hypervisor, machines: machines) }
        #expect(error.code == .notReady)
        #expect("\(error)".contains("controller-0 galera (Initialized 0)"))
        #expect(!"\(error)".contains("cluster"))
        #expect("\(error)".contains("--keep"))
    }

    @Test("all machines are switched on, and what is awaited is told until nothing is")
    func becomesReady() async throws {
        let asked = Mutex(0)
        let hypervisor = FakeHypervisor(machines: machines) { machine, argv, _ in
            guard argv == Readiness.program, machine == "controller-0",
                asked.withLock({
                    $0 += 1
                    return $0
                }) < 2
            else {
                return CommandResult(status: 0)
            }
            return CommandResult(status: 1, standardOutput: "galera wait Joining\nkeystone behind galera\n")
        }
        let told = Mutex<[String]>([])
        let raiser = TestbedRaiser(
            files: TestbedFiles(directory: URL(fileURLWithPath: "/nonexistent")), consoles: URL(fileURLWithPath: "/nonexistent"),
            slowness: 1
        ) { progress in
            if case .waiting(let waiting, _) = progress { told.withLock { $0.append(ServiceReadiness.summary(waiting)) } }
        }
        try await raiser.bringUp(hypervisor, machines: machines)
        #expect(told.withLock { $0 } == ["galera on controller-0", ""])
        #expect(try await hypervisor.machines().allSatisfy { $0.state == .running })
    }

    /// Starts a testbed that is there already.
    private struct FakeLauncher: TestbedLauncher {
        let testbed: FakeHypervisor
        func launch(_ specification: TestbedSpecification) async throws -> FakeHypervisor { testbed }
    }

    @Test("a ready testbed is saved, and the next one comes back from there instead of booting", .timeLimit(.minutes(1)))
    func checkpoint() async throws {
        let scratch = Scratch()
        let checkpoint = scratch.url.appendingPathComponent("cache/ready")
        let files = TestbedFiles(directory: scratch.url.appendingPathComponent("testbed"))
        let specification = TestbedSpecification(
            name: "t", directory: files.directory.path, accelerator: .tcg,
            machines: machines.map {
                .init(name: $0, memoryMiB: 1, kernel: "/k", initrd: "/i", commandLine: "", console: "/c", steps: "/s")
            })
        let topology = Topology(name: "t", networks: [], virtualAddresses: [], router: nil, roles: [], machines: [])
        for expected in [["launched", "on", "on", "ready", "saved"], ["launched", "restored", "ready"]] {
            let told = Mutex<[String]>([])
            let raiser = TestbedRaiser(files: files, consoles: scratch.url.appendingPathComponent("console"), slowness: 1) { progress in
                let word: String? =
                    switch progress {
                    case .launched: "launched"
                    case .machineStarted: "on"
                    case .ready: "ready"
                    case .saved: "saved"
                    case .restored: "restored"
                    default: nil
                    }
                if let word { told.withLock { $0.append(word) } }
            }
            let testbed = FakeHypervisor(machines: machines)
            _ = try await raiser.raise(
                specification, topology: topology, launcher: FakeLauncher(testbed: testbed), checkpoint: checkpoint)
            #expect(told.withLock { $0 } == expected)
            #expect(try await testbed.machines().allSatisfy { $0.state == .running })
        }
    }

    @Test("a checkpoint that does not fit is not usable, which is no trouble of the testbed", .timeLimit(.minutes(1)))
    func unusable() async throws {
        let scratch = Scratch()
        let checkpoint = scratch.url.appendingPathComponent("ready")
        let first = FakeHypervisor(machines: machines)
        for name in machines { try await first.machine(named: name).start() }
        _ = try await first.checkpoint(to: checkpoint.path)
        let second = FakeHypervisor(machines: machines)
        await second.update(version: "fake 2")
        let files = TestbedFiles(directory: scratch.url.appendingPathComponent("testbed"))
        let raiser = TestbedRaiser(files: files, consoles: scratch.url, slowness: 1) { _ in }
        let specification = TestbedSpecification(name: "t", directory: files.directory.path, accelerator: .tcg)
        let topology = Topology(name: "t", networks: [], virtualAddresses: [], router: nil, roles: [], machines: [])
        let launcher = FakeLauncher(testbed: second)
        let error = await #expect(throws: UnusableCheckpoint.self) {
            _ = try await raiser.raise(specification, topology: topology, launcher: launcher, checkpoint: checkpoint)
        }
        #expect(error?.reason.contains("fake 2") == true)
    }
}
