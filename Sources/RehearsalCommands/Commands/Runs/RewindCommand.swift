import ArgumentParser
import RehearsalHistory
import RehearsalModel
import RehearsalRuns

struct RewindCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewind", abstract: "Take a run and its testbed back to one of its checkpoints.",
        discussion: """
            All machines are brought back as they were, and the procedures of Images/procedures as they are now; `rehearse resume RUN` goes \
            on from there. What came after the checkpoint stays in the run's history as a branch of its own, with its own report. A run \
            that has ended, or lost its testbed, can be taken back too.
            """)

    @Argument(help: "The run's name, the beginning of it, or \"latest\" (see `rehearse runs list`).") var run: String
    @Argument(help: "The step to come next, by its number in the plan, such as 5.2 (default: that of the last checkpoint; see --list).")
    var step: String?
    @Flag(help: "Show the checkpoints there are, and do nothing.") var list = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let runs = directories.runs()
            let saved = try runs.checkpoints(of: run)
            if list { return try output.print(RunCheckpointListing(saved)) }
            let back = try await runs.rewind(run, to: step, in: directories.project())
            let title = saved.last { $0.checkpoint.step == back.step }.map { "\(back.step) \($0.name)" } ?? back.step.rawValue
            Terminal.note(
                "run \(back.run) is back before step \(title), after \(back.seconds.spoken); go on with `rehearse resume \(back.run)`")
        }
    }
}
