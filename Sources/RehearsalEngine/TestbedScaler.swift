public import Foundation
import RehearsalHost
public import RehearsalModel
public import RehearsalTestbed

/// Lets machines join a testbed that is up, or leave it.
public struct TestbedScaler: Sendable {
    let testbed: any Testbed
    let files: TestbedFiles
    let images: URL
    let slowness: Double
    let progress: @Sendable (TestbedRaiser.Progress) -> Void

    /// Makes a scaler.
    ///
    /// - Parameters:
    ///   - files: Where the testbed keeps its files.
    ///   - images: The directory `Images`.
    ///   - slowness: How much slower guests run than the host; multiplies every bound.
    public init(
        _ testbed: any Testbed, files: TestbedFiles, images: URL, slowness: Double,
        progress: @escaping @Sendable (TestbedRaiser.Progress) -> Void
    ) {
        self.testbed = testbed
        self.files = files
        self.images = images
        self.slowness = slowness
        self.progress = progress
    }

    /// Has a testbed have the machines of a topology, and proves those that joined ready.
    ///
    /// Where the topology has Heat, its stack is told. A machine that leaves loses its disk.
    ///
    /// - Parameters:
    ///   - topology: The testbed's topology with other numbers of machines (`Topology.scaled`).
    ///   - keepingIdentifier: Whether the stack goes on remembering the identifier of its last update.
    /// - Throws: ``EngineError`` for what did not get ready. The testbed then has some of the machines, and the same can be asked for again.
    public func scale(to topology: Topology, keepingIdentifier: Bool = false) async throws {
        let before = try files.readTopology()
        let joining = topology.machines.filter { before.machine(named: $0.name) == nil }.map(\.name)
        let leaving = before.machines.filter { topology.machine(named: $0.name) == nil }.map(\.name)
        let overcloud = try Overcloud.of(topology, images: images, hypervisor: testbed, slowness: slowness)
        let raiser = TestbedRaiser(
            files: files, consoles: files.directory.appendingPathComponent("console"), slowness: slowness, progress: progress)
        try await raiser.bringUp(testbed, machines: joining) {
            try await overcloud?.scale(keepingIdentifier: keepingIdentifier)
        }
        for name in leaving {
            try await testbed.machine(named: name).destroy()
            try? FileManager.default.removeItem(at: files.disk(name))
        }
        try await Procedures.install(on: testbed, machines: joining, from: images, slowness: slowness)
        try files.write(topology)
    }
}
