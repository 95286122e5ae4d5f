import Foundation
import RehearsalHost
import RehearsalModel
import RehearsalTestbed
import RehearsalTesting
import Testing

@testable import RehearsalEngine

@Suite("machines that join and leave")
struct TestbedScalerTests {
    private static func machine(_ index: Int) -> Machine {
        Machine(
            name: "compute-\(index)", role: "Compute", index: index, number: index + 1, memoryMiB: 1, vcpus: 1, interfaces: [],
            services: ["base"])
    }

    private static let topology = Topology(
        name: "t", networks: [], virtualAddresses: [], router: nil,
        roles: [RoleAssignment(role: "Compute", count: 1, memoryMiB: 1, vcpus: 1, services: ["base"])], machines: [machine(0)],
        spares: [machine(1), machine(2)])

    /// A testbed of one machine that runs and two that do not; machines in `updating` have the marker of an update.
    private func withTestbed(
        updating: Set<String> = [], broken: String? = nil, _ body: (FakeHypervisor, TestbedFiles, TestbedScaler) async throws -> Void
    ) async throws {
        let scratch = Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let files = TestbedFiles(directory: scratch.url)
        try files.write(Self.topology)
        let testbed = FakeHypervisor(machines: Self.topology.allMachines.map(\.name)) { machine, argv, _ in
            if machine == broken { throw TestbedError(.hypervisor, "no such thing") }
            let hasMarker = argv.first == "/bin/ls" && updating.contains(machine)
            return CommandResult(status: 0, standardOutput: hasMarker ? "/var/lib/rehearsal/update-begun\n" : "")
        }
        try await testbed.machine(named: "compute-0").start()
        try await body(testbed, files, TestbedScaler(testbed, files: files, images: Checkout.root.appending(path: "Images"), slowness: 1))
    }

    @Test("a spare is switched on, gets the procedures, and is noted once it is ready; the last to join is the first to leave")
    func joinsAndLeaves() async throws {
        try await withTestbed { testbed, files, scaler in
            let larger = try #require(try scaler.topology("Compute", having: 2))
            #expect(try await scaler.scale(to: larger) == ["compute-1"])
            #expect(try await testbed.machines().map(\.state) == [.running, .running, .off])
            #expect(try files.readTopology() == larger)
            #expect(await testbed.executed().contains { $0.machine == "compute-1" && $0.argv == ["/bin/sh"] }, "its procedures")
            #expect(await !testbed.executed().contains { $0.machine == "compute-0" }, "nobody else is touched")
            #expect(try await scaler.scale(to: larger) == [], "it is there")

            try FileManager.default.createDirectory(
                at: files.disk("compute-1").deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: files.disk("compute-1"))
            #expect(try await scaler.scale(to: Self.topology) == [])
            #expect(try await testbed.machines().map(\.state) == [.running, .off, .off])
            #expect(try files.readTopology() == Self.topology)
            #expect(!FileManager.default.fileExists(atPath: files.disk("compute-1").path), "it comes back as a new machine")
        }
    }

    @Test("there are no more machines than the topology defines")
    func limits() async throws {
        try await withTestbed { _, _, scaler in
            let all = try scaler.topology("Compute", having: 3)
            #expect(all?.machines.count == 3)
            #expect(try scaler.topology("Compute", having: 4) == nil)
            #expect(try scaler.topology("Compute", having: 0) == nil)
            #expect(try scaler.topology("Nobody", having: 1) == nil)
        }
    }

    @Test("a machine that does not get ready is not noted, and the same can be asked for again")
    func notReady() async throws {
        try await withTestbed(broken: "compute-1") { testbed, files, scaler in
            let larger = try #require(try scaler.topology("Compute", having: 2))
            await #expect(throws: EngineError.self) { try await scaler.scale(to: larger) }
            #expect(try files.readTopology() == Self.topology)
            #expect(try await testbed.machine(named: "compute-1").state() == .running)
        }
    }

    @Test("a machine that has the marker of an update ran one")
    func updated() async throws {
        try await withTestbed(updating: ["compute-1"]) { testbed, _, scaler in
            for name in ["compute-1", "compute-2"] { try await testbed.machine(named: name).start() }
            #expect(try await scaler.updated(["compute-1", "compute-2"]) == ["compute-1"])
        }
    }
}
