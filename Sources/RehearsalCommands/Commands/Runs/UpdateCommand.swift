import ArgumentParser
import RehearsalRuns

/// What `openstack overcloud update stack overcloud -i` was to its operator (docs/tripleo.md).
struct UpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Update a testbed that is up; given again, it takes up the update that was left.",
        discussion: """
            It does what TripleO's command `openstack overcloud update stack overcloud -i` did (docs/tripleo.md): every machine waits at \
            its breakpoint, and with -i each breakpoint shows where all machines stand (not_started, on_breakpoint, in_progress, \
            completed, failed) and asks. C-c leaves, machines go on with what they are doing, and the same command attaches again.

              rehearse up ha
              rehearse update minor-update -i
            """)

    @Argument(help: "A scenario on the testbed's topology: Scenarios/NAME.yaml, or its NAME; NAME:WAY if it has several ways.")
    var scenario: String
    @Flag(name: .shortAndLong, help: "Ask at every breakpoint.") var interactive = false
    @OptionGroup var choice: TestbedChoice
    @OptionGroup var update: UpdateOptions
    @OptionGroup var images: ImageOptions
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let observer = TerminalObserver()
            let runs = directories.runs(observer)
            let driver = TerminalOperator(isInteractive: interactive, observer: observer)
            let testbed = try Testbeds(directories.places).choose(choice.testbed)
            if let left = try runs.unfinishedRun(on: testbed.files) {
                Terminal.note("run \(left) was left on testbed \(testbed.name); taking it up")
                try await runs.resume(
                    left, in: directories.project(), keep: true, operator: driver, reporter: RunReporting(project: directories.project())
                ).exit()
            } else {
                try await runs.run(
                    RunRequest(scenario: scenario, update: update.settings, images: images.settings, testbed: testbed.name),
                    in: directories.project(), operator: driver, reporter: RunReporting(project: directories.project())
                ).exit()
            }
        }
    }
}
