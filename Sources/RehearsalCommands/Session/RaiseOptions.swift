import ArgumentParser
import Foundation
import RehearsalEngine
import RehearsalHistory
import RehearsalImages
import RehearsalTestbed
import RehearsalTopology
import RehearsalUptime

/// How a testbed is raised.
struct RaiseOptions: ParsableArguments {
    @Option(name: .customLong("connect"), help: ArgumentHelp("Use this libvirt URI instead of the embedded driver.", valueName: "uri"))
    var connection: String?

    @Flag(help: "Leave the testbed up at the end, also after a failure.")
    var keep = false
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
    ) async throws -> (client: KeeperClient, files: TestbedFiles, seconds: Double) {
        let testbeds = Testbeds(directories: directories)
        let files = testbeds.files(name)
        if testbeds.up().contains(name) {
            throw CommandFailure(
                .usage, "testbed \(name) is up already", hint: "take it down with `rehearse down \(name)`, or give the new one a --name")
        }
        try? testbeds.remove(name)
        try FileManager.default.createDirectory(
            at: files.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let start = HostClock.now()
        let raiser = TestbedRaiser(files: files, consoles: consoles, slowness: host.slowness) { Self.tell($0, since: start) }
        do {
            let specification = try raiser.specification(
                name: name, topology: declaration.topology, images: images, accelerator: host.accelerator, cpuModel: host.cpuModel,
                connection: options.connection)
            let client = try await raiser.raise(specification, topology: declaration.topology, keeper: [Executable.path, "keeper"])
            try await Procedures.install(
                on: client, machines: declaration.topology.machines.map(\.name), from: project.images, slowness: host.slowness)
            try RecorderConfiguration.make(declaration, project: project, directories: directories).write(to: files.recorderConfiguration)
            return (client, files, HostClock.now().seconds(since: start))
        } catch {
            if !options.keep {
                try? await KeeperClient.connect(directory: files.directory.path).end()
                try? testbeds.remove(name)
            }
            throw error
        }
    }

    private static func tell(_ progress: TestbedRaiser.Progress, since start: Timestamp) {
        let clock = Terminal.styled(
            String(format: "%3d:%02d", Int(HostClock.now().seconds(since: start)) / 60, Int(HostClock.now().seconds(since: start)) % 60),
            .dim)
        switch progress {
        case .keeperStarted(let pid): Terminal.note("\(clock) keeper \(pid) holds the testbed")
        case .machineStarted(let name): Terminal.note("\(clock) \(name) is on")
        case .guestAnswers(let name, let seconds): Terminal.note("\(clock) \(name) has booted (\(seconds.spoken))")
        case .waiting(let waiting, _):
            if !waiting.isEmpty {
                Terminal.note("\(clock) waiting for \(ServiceReadiness.summary(waiting))")
            }
        case .ready(let seconds):
            Terminal.note("\(clock) \(Terminal.styled("ready", .green)): everything on every machine is proven (\(seconds.spoken))")
        }
    }
}
