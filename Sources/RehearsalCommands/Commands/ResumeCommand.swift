import ArgumentParser
import Foundation
import RehearsalEngine
import RehearsalHistory
import RehearsalImages
import RehearsalPlan
import RehearsalStore
import RehearsalTestbed

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Take up a run that was left, stopped or killed, where its journal ends.",
        discussion:
            "What the journal says is done is not done again; a procedure that a machine is still at is followed, not started twice.")

    @Argument(help: "The run's name (see `rehearse runs list`).") var run: String
    @Flag(name: .shortAndLong, help: "Ask at every breakpoint.") var interactive = false
    @Flag(help: "Leave the testbed up at the end.") var keep = false
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let store = try RunIndex(stateDirectory: directories.state).open(run, readOnly: false)
            let metadata = try store.metadata()
            guard let planText = metadata["plan"], let testbed = metadata["testbed"], let deltaText = metadata["delta"] else {
                throw CommandFailure(.usage, "run \(run) holds no plan to go on with")
            }
            if try store.events().contains(where: { $0.kind == .runEnded }) {
                throw CommandFailure(.usage, "run \(run) has ended", hint: "see it with `rehearse report \(run)`")
            }
            let files = Testbeds(directories: directories).files(testbed)
            let client: KeeperClient
            do {
                client = try KeeperClient.connect(directory: files.directory.path)
            } catch {
                throw CommandFailure(
                    .harness, "run \(run) cannot go on: \(error)",
                    hint: "report what there is with `rehearse report \(run)`, and start a new run")
            }
            _ = try store.append(Event(time: HostClock.now(), kind: .resumed, text: "taken up again"))
            let session = RunSession(
                store: store, plan: try Plan(json: planText), files: files, client: client,
                slowness: Double(metadata["slowness"] ?? "1") ?? 1, interactive: interactive,
                delta: try JSONDecoder().decode([CandidateChange].self, from: Data(deltaText.utf8)))
            let verdict = try await session.execute()
            try await RunEnding(directories: directories, keep: keep || testbed != store.directory.lastPathComponent)
                .finish(files, client: client, verdict: verdict)
        }
    }
}
