import ArgumentParser
import Foundation
import RehearsalDeclaration
import RehearsalEngine
import RehearsalImages
import RehearsalModel
import RehearsalRecorder
import RehearsalTestbed

/// How a testbed is raised.
struct RaiseOptions: ParsableArguments {
    @Option(name: .customLong("connect"), help: ArgumentHelp("Use this libvirt URI instead of the embedded driver.", valueName: "uri"))
    var connection: String?

    @Flag(help: "Leave the testbed up at the end, also after a failure.")
    var keep = false

    @Flag(help: "Boot the machines, even if a checkpoint of the ready testbed is in the cache; save none.")
    var cold = false
}

/// A testbed that was proven ready.
struct RaisedTestbed {
    let client: KeeperClient
    let files: TestbedFiles
    /// From nothing to ready.
    let seconds: Double
    /// Whether its machines came back from a checkpoint instead of booting.
    let wasWarm: Bool
}

/// Raises a testbed for a command, telling what happens.
struct Raiser {
    let directories: Directories
    let project: Project
    let declaration: Declaration
    let options: RaiseOptions

    /// Images, keeper, machines, readiness; ends the testbed again when something never comes up, unless it is to be kept.
    func raise(
        name: String, images: ImageSet, host: HostConditions, consoles: URL
    ) async throws -> RaisedTestbed {
        let testbeds = Testbeds(directories: directories)
        if testbeds.up().contains(name) {
            throw CommandFailure(
                .usage, "testbed \(name) is up already", hint: "take it down with `rehearse down \(name)`, or give the new one a --name")
        }
        do {
            return try await raise(name: name, images: images, host: host, consoles: consoles, warm: !options.cold)
        } catch let error as UnusableCheckpoint {
            Terminal.note("the checkpoint of the ready testbed is not usable: \(error.reason); booting the machines instead")
            return try await raise(name: name, images: images, host: host, consoles: consoles, warm: true)
        }
    }

    private func raise(
        name: String, images: ImageSet, host: HostConditions, consoles: URL, warm: Bool
    ) async throws -> RaisedTestbed {
        let testbeds = Testbeds(directories: directories)
        let files = testbeds.files(name)
        try? testbeds.remove(name)
        try FileManager.default.createDirectory(
            at: files.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let start = HostClock.now()
        let raiser = TestbedRaiser(files: files, consoles: consoles, slowness: host.slowness) { Self.tell($0, since: start) }
        let specification = try raiser.specification(
            name: name, topology: declaration.topology, images: images, accelerator: host.accelerator, cpuModel: host.cpuModel,
            connection: options.connection)
        // Machines of another libvirt are not this cache's business.
        let checkpoint =
            warm && options.connection == nil
            ? try ReadyCheckpoint(
                cache: directories.cache, topology: declaration.topology, images: images, specification: specification, host: host)
            : nil
        let wasWarm = checkpoint?.exists ?? false
        checkpoint?.touch()
        do {
            let (topology, folder, slowness) = (declaration.topology, project.images, host.slowness)
            let client = try await raiser.raise(
                specification, topology: declaration.topology, keeper: [Executable.path, "keeper"], checkpoint: checkpoint?.url
            ) { client in
                try await Overcloud.of(topology, images: folder, hypervisor: client, slowness: slowness)?.create()
            }
            if checkpoint != nil, !wasWarm { try CheckpointCache.makeRoom(cache: directories.cache) }
            try await Procedures.install(
                on: client, machines: declaration.topology.machines.map(\.name), from: project.images, slowness: host.slowness)
            try RecorderConfiguration.make(declaration, directories: directories).write(to: files.recorderConfiguration)
            return RaisedTestbed(client: client, files: files, seconds: HostClock.now().seconds(since: start), wasWarm: wasWarm)
        } catch {
            let isUnusable = error is UnusableCheckpoint
            if isUnusable { checkpoint?.remove() }
            if isUnusable || !options.keep {
                try? await KeeperClient.connect(directory: files.directory.path).end()
                try? testbeds.remove(name)
            }
            throw error
        }
    }

    static func tell(_ progress: TestbedRaiser.Progress, since start: Timestamp) {
        let clock = Terminal.styled(
            String(format: "%3d:%02d", Int(HostClock.now().seconds(since: start)) / 60, Int(HostClock.now().seconds(since: start)) % 60),
            .dim)
        switch progress {
        case .keeperStarted(let pid): Terminal.note("\(clock) keeper \(pid) holds the testbed")
        case .machineStarted(let name): Terminal.note("\(clock) \(name) is on")
        case .guestAnswers(let name, let seconds): Terminal.note("\(clock) \(name) answers (\(seconds.spoken))")
        case .waiting(let waiting, _):
            if !waiting.isEmpty {
                Terminal.note("\(clock) waiting for \(ServiceReadiness.summary(waiting))")
            }
        case .ready(let seconds):
            Terminal.note("\(clock) \(Terminal.styled("ready", .green)): everything on every machine is proven (\(seconds.spoken))")
        case .restored(let seconds): Terminal.note("\(clock) all machines are back from the checkpoint (\(seconds.spoken))")
        case .notSaved(let reason): Terminal.note("\(clock) not saved for the next time: \(reason)")
        case .saved(let checkpoint):
            Terminal.note(
                "\(clock) saved for the next time: \(checkpoint.bytes.spokenBytes), machines stood still for \(checkpoint.pauseSeconds.spoken)"
            )
        }
    }
}
