import RehearsalModel
import RehearsalHistory
import ArgumentParser
import Foundation
import RehearsalEngine
import RehearsalStore

struct RewindCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewind", abstract: "Take a run and its testbed back to one of its checkpoints.",
        discussion: """
            All machines are brought back as they were, and the procedures of Images/procedures as they are now; `rehearse resume RUN` goes \
            on from there. What came after the checkpoint stays in the run's history as a branch of its own, with its own report. A run \
            that has ended, or lost its testbed, can be taken back too.
            """)

    @Argument(help: "The run's name (see `rehearse runs list`).") var run: String
    @Argument(help: "The step to come next (default: that of the last checkpoint).") var step: String?
    @Flag(help: "Show the checkpoints there are, and do nothing.") var list = false
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let store = try RunIndex(stateDirectory: directories.state).open(run, readOnly: list)
            let rewinder = Rewinder(directories: directories, store: store)
            let saved = try rewinder.saved()
            let names = Dictionary(try store.steps().map { ($0.id, $0.name) }) { first, _ in first }
            func title(_ checkpoint: RunCheckpoints.Saved) -> String { "\(checkpoint.step) \(names[checkpoint.step] ?? "")" }
            if list {
                for checkpoint in saved { Terminal.output("\(checkpoint.time.iso8601)  \(title(checkpoint))\n") }
                return
            }
            let known = saved.isEmpty ? "it has none" : "it has those of steps \(saved.map(\.step.rawValue).joined(separator: ", "))"
            guard let checkpoint = step.map({ step in saved.last { $0.step.rawValue == step } }) ?? saved.last else {
                throw CommandFailure(
                    .usage, "run \(run) has no checkpoint\(step.map { " of step \($0)" } ?? "")",
                    hint: known + "; `rehearse run --checkpoint breakpoints` makes one at every breakpoint")
            }
            let seconds = try await rewinder.rewind(
                to: checkpoint, slowness: try store.conditions().slowness, lock: try RunLock(directory: store.directory))
            Terminal.note(
                "run \(store.directory.lastPathComponent) is back before step \(title(checkpoint)), after \(seconds.spoken); go on with `rehearse resume \(store.directory.lastPathComponent)`"
            )
        }
    }
}
