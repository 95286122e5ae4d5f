import ArgumentParser
import RehearsalEngine
import RehearsalModel
import RehearsalRuns

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Rehearse a scenario: raise the testbed, update it, record, judge, report, take it down.",
        discussion: """
            The plan is printed first. Every step is journalled before it starts, so that nothing is lost if this command is killed. \
            With -i every breakpoint asks: Enter goes on with that machine, a regular expression with all machines it matches, \
            "no" stops the update there. C-c leaves at any time. After "no" and C-c the testbed stays up, the exit status is 2, and \
            `rehearse resume RUN` goes on; `rehearse down` ends the testbed.
            """)

    @Argument(help: "A scenario: Scenarios/NAME.yaml, or its NAME; NAME:WAY if it has several ways.") var scenario: String
    @Flag(name: .shortAndLong, help: "Ask at every breakpoint.") var interactive = false
    @Flag(help: "Wait at every breakpoint for an answer from the run's page (`rehearse serve`).") var allowRemote = false
    @Option(
        name: .customLong("checkpoint"),
        help: "Save all machines, for `rehearse rewind`: at every breakpoint, also before every procedure (steps), or never (none).")
    var checkpoints: CheckpointPolicy = .breakpoints
    @Option(help: ArgumentHelp("Use a testbed that is up (`rehearse up`) and leave it up.", valueName: "name")) var on: String?
    @OptionGroup var update: UpdateOptions
    @OptionGroup var images: ImageOptions
    @OptionGroup var raise: RaiseOptions
    @OptionGroup var directories: Directories

    func validate() throws {
        if interactive, allowRemote {
            throw ValidationError("either the terminal answers at breakpoints (-i) or the page (--allow-remote)")
        }
    }

    func run() async throws {
        try await reportingFailures {
            let observer = TerminalObserver()
            try await directories.runs(observer).run(
                RunRequest(
                    scenario: scenario, update: update.settings, images: images.settings, raising: raise.settings,
                    checkpoints: checkpoints, testbed: on),
                in: directories.project(),
                operator: TerminalOperator(
                    isInteractive: interactive, allowsRemote: allowRemote, observer: observer),
                reporter: RunReporting(project: directories.project())
            ).exit()
        }
    }
}
