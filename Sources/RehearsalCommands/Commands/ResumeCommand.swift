import ArgumentParser
import Foundation
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalImages
import RehearsalKeeper
import RehearsalModel
import RehearsalPlanner
import RehearsalStore
import RehearsalTestbed

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Take up a run that was left, stopped or killed, where its journal ends.",
        discussion: """
            What the journal says is done is not done again; a procedure that a machine is still at is followed, not started twice. \
            If the testbed is gone, because its keeper was killed or the host went down, the run goes on from its last checkpoint.
            """)

    @Argument(help: "The run's name (see `rehearse runs list`).") var run: String
    @Flag(name: .shortAndLong, help: "Ask at every breakpoint.") var interactive = false
    @Flag(help: "Leave the testbed up at the end.") var keep = false
    @OptionGroup var directories: Directories

    /// The command as if it had been given.
    static func taking(up run: String, interactive: Bool, directories: Directories) -> ResumeCommand {
        var command = ResumeCommand()
        command.run = run
        command.interactive = interactive
        command.keep = true
        command.directories = directories
        return command
    }

    func run() async throws {
        try await reportingFailures {
            let store = try RunIndex(stateDirectory: directories.state).open(run, readOnly: false)
            let lock = try RunLock(directory: store.directory)
            try HostClock.adopt(store)
            let metadata = try store.metadata()
            guard let planText = metadata["plan"], let testbed = metadata["testbed"], let deltaText = metadata["delta"] else {
                throw CommandFailure(.usage, "run \(run) holds no plan to go on with")
            }
            if Branch.taken(of: try store.events()).events.contains(where: { $0.kind == .runEnded }) {
                throw CommandFailure(
                    .usage, "run \(run) has ended", hint: "see it with `rehearse report \(run)`, or go back with `rehearse rewind \(run)`")
            }
            let testbeds = Testbeds(directories: directories)
            try testbeds.requireUndriven(testbed, except: run)
            let files = testbeds.files(testbed)
            let slowness = Double(metadata["slowness"] ?? "1") ?? 1
            let client: KeeperClient
            do {
                client = try await alive(files)
            } catch {
                let rewinder = Rewinder(directories: directories, store: store)
                guard let last = try rewinder.saved().last else {
                    throw CommandFailure(
                        .harness, "run \(run) cannot go on: \(error)",
                        hint: "it has no checkpoint; report what there is with `rehearse report \(run)`, and start a new run")
                }
                Terminal.note("\(error); going back to the last checkpoint, of step \(last.step)")
                try await rewinder.rewind(to: last, slowness: slowness, lock: lock)
                client = try await alive(files)
            }
            _ = try store.append(Event(time: HostClock.now(), kind: .resumed, text: "taken up again"))
            let session = RunSession(
                store: store, lock: lock, plan: try Plan(json: planText), files: files, client: client,
                slowness: slowness, images: try directories.project().images, interactive: interactive,
                checkpoints: metadata["checkpoints"].flatMap(CheckpointPolicy.init(rawValue:)) ?? CheckpointPolicy.none,
                delta: try JSONDecoder().decode([PackageChange].self, from: Data(deltaText.utf8)))
            let verdict = try await session.execute()
            try await RunEnding(
                directories: directories, run: store.directory, lock: lock, keep: keep || testbed != store.directory.lastPathComponent
            )
            .finish(files, client: client, verdict: verdict)
        }
    }

    /// The testbed, if its keeper answers and no machine was left behind on the way back from a checkpoint.
    private func alive(_ files: TestbedFiles) async throws -> KeeperClient {
        let client = try KeeperClient.connect(directory: files.directory.path)
        func notRunning() async throws -> [MachineStatus] { try await client.machines().filter { $0.state != .running } }
        var off = try await notRunning()
        // A checkpoint that an engine asked for before it died is taken to its end.
        for _ in 0..<60 where off.contains(where: { $0.state == .paused }) {
            try await Task.sleep(for: .seconds(1))
            off = try await notRunning()
        }
        guard off.isEmpty else {
            throw TestbedError(
                .invalidState, "not all machines are on: \(off.map { "\($0.name) is \($0.state.rawValue)" }.joined(separator: ", "))")
        }
        return client
    }
}
