import ArgumentParser
import RehearsalRuns

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Take up a run that was left, stopped or killed, where its journal ends.",
        discussion: """
            What the journal says is done is not done again; a procedure that a machine is still at is followed, not started twice. \
            If the testbed is gone, because its keeper was killed or the host went down, the run goes on from its last checkpoint.
            """)

    @Argument(help: "The run's name, the beginning of it, or \"latest\" (see `rehearse runs list`).") var run: String
    @Flag(name: .shortAndLong, help: "Ask at every breakpoint.") var interactive = false
    @Flag(help: "Wait at every breakpoint for an answer from the run's page (`rehearse serve`).") var allowRemote = false
    @Flag(help: "Leave the testbed up at the end.") var keep = false
    @OptionGroup var directories: Directories

    func validate() throws {
        if interactive, allowRemote {
            throw ValidationError("either the terminal answers at breakpoints (-i) or the page (--allow-remote)")
        }
    }

    func run() async throws {
        try await reportingFailures {
            let observer = TerminalObserver()
            try await directories.runs(observer).resume(
                run, in: directories.project(), keep: keep,
                operator: TerminalOperator(
                    isInteractive: interactive, allowsRemote: allowRemote, observer: observer),
                reporter: RunReporting(project: directories.project())
            ).exit()
        }
    }
}
