import Foundation
import RehearsalDeclaration
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalImages
import RehearsalKeeper
import RehearsalModel
import RehearsalRecorder
import RehearsalTestbed

/// How a testbed is raised.
public struct RaiseSettings: Sendable {
    /// A libvirt URI to use instead of the embedded driver.
    public var connection: String?
    /// Whether the testbed stays up at the end, also after a failure.
    public var keep: Bool
    /// Whether machines boot even if a checkpoint of the ready testbed is in the cache; then none is saved either.
    public var cold: Bool

    /// Makes settings.
    public init(connection: String? = nil, keep: Bool = false, cold: Bool = false) {
        self.connection = connection
        self.keep = keep
        self.cold = cold
    }
}

/// A testbed that was proven ready.
public struct RaisedTestbed: Sendable {
    /// The testbed.
    public let testbed: LiveTestbed
    /// From nothing to ready.
    public let seconds: Double
    /// Whether its machines came back from a checkpoint instead of booting.
    let wasWarm: Bool
}

/// Raises a testbed.
struct Raiser {
    let places: Places
    let project: Project
    let declaration: Declaration
    let settings: RaiseSettings
    let observer: any RunObserver

    /// Images, keeper, machines, readiness; ends the testbed again when something never comes up, unless it is to be kept.
    func raise(
        name: String, images: ImageSet, host: HostConditions, consoles: URL
    ) async throws -> RaisedTestbed {
        let testbeds = Testbeds(places)
        let claim = try TestbedClaim(name, in: testbeds)
        defer { withExtendedLifetime(claim) {} }
        if testbeds.up().contains(name) {
            throw RunError(
                .invalid, "testbed \(name) is up already", hint: "take it down with `rehearse down \(name)`, or give the new one a --name")
        }
        do {
            return try await raise(name: name, images: images, host: host, consoles: consoles, warm: !settings.cold)
        } catch let error as UnusableCheckpoint {
            observer.observe(.checkpointUnusable(error.reason))
            return try await raise(name: name, images: images, host: host, consoles: consoles, warm: true)
        }
    }

    private func raise(
        name: String, images: ImageSet, host: HostConditions, consoles: URL, warm: Bool
    ) async throws -> RaisedTestbed {
        let testbeds = Testbeds(places)
        let files = testbeds.files(name)
        try testbeds.removeFiles(name)
        try FileManager.default.createDirectory(
            at: files.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let start = HostClock.now()
        let raiser = TestbedRaiser(files: files, consoles: consoles, slowness: host.slowness) { [observer] in
            observer.observe(.raising($0, seconds: HostClock.now().seconds(since: start)))
        }
        let specification = try TestbedSpecification(
            name: name, topology: declaration.topology, images: images, files: files, consoles: consoles, accelerator: host.accelerator,
            cpuModel: host.cpuModel, connection: settings.connection)
        // Machines of another libvirt are not this cache's business.
        let checkpoint =
            warm && settings.connection == nil
            ? try ReadyCheckpoint(
                cache: places.cache, topology: declaration.topology, images: images, specification: specification, host: host)
            : nil
        let wasWarm = checkpoint?.exists ?? false
        checkpoint?.touch()
        do {
            let (topology, folder, slowness) = (declaration.topology, project.images, host.slowness)
            let client = try await raiser.raise(
                specification, topology: declaration.topology, launcher: KeeperLauncher(arguments: [places.program, "keeper"]),
                checkpoint: checkpoint?.url
            ) { client in
                try await Overcloud.of(topology, images: folder, hypervisor: client, slowness: slowness)?.create()
            }
            if checkpoint != nil, !wasWarm { try CheckpointCache.makeRoom(cache: places.cache) }
            try await Procedures.install(
                on: client, machines: declaration.topology.machines.map(\.name), from: project.images, slowness: host.slowness)
            try RecorderConfiguration.make(declaration, places: places, slowness: host.slowness).write(to: files.recorderConfiguration)
            return RaisedTestbed(
                testbed: LiveTestbed(name: name, files: files, client: client), seconds: HostClock.now().seconds(since: start),
                wasWarm: wasWarm)
        } catch {
            let isUnusable = error is UnusableCheckpoint
            if isUnusable { checkpoint?.remove() }
            if isUnusable || !settings.keep {
                // In a task of its own, because that of an operator who left is cancelled already.
                await Task { [directory = files.directory.path] in _ = try? await KeeperClient.connect(directory: directory).end() }.value
                try? testbeds.removeFiles(name)
            }
            if !isUnusable { observer.observe(.notRaised(testbed: name, isKept: settings.keep)) }
            throw error
        }
    }
}
