import ArgumentParser
import Foundation
import RehearsalEngine
import RehearsalHistory
import RehearsalStore

/// What the talk's `openstack overcloud update stack overcloud -i` was to its operator.
struct UpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Update a testbed that is up; given again, it takes up the update that was left.",
        discussion: """
            The talk's own command: every machine waits at its breakpoint, and with -i each breakpoint shows where all machines stand \
            (not_started, on_breakpoint, in_progress, completed, failed) and asks. C-c leaves, machines go on with what they are doing, and \
            the same command attaches again.

              rehearse up ha
              rehearse update minor-update -i
            """)

    @Argument(help: "A scenario on the testbed's topology: Scenarios/NAME.yaml, or its NAME.") var scenario: String
    @Flag(name: .shortAndLong, help: "Ask at every breakpoint.") var interactive = false
    @OptionGroup var choice: TestbedChoice
    @OptionGroup var update: UpdateOptions
    @OptionGroup var images: ImageOptions
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let (name, files, _) = try Testbeds(directories: directories).choose(choice.testbed)
            if let left = try unfinishedRun(files) {
                Terminal.note("run \(left) was left on testbed \(name); taking it up")
                let resume = ResumeCommand.taking(up: left, interactive: interactive, directories: directories)
                try await resume.run()
            } else {
                var run = RunCommand()
                run.scenario = scenario
                run.interactive = interactive
                run.checkpoints = .breakpoints
                run.on = name
                run.update = update
                run.images = images
                run.raise = try RaiseOptions.parse([])
                run.directories = directories
                try await run.run()
            }
        }
    }

    /// The run that last drove the testbed, unless it has ended or is gone.
    private func unfinishedRun(_ files: TestbedFiles) throws -> String? {
        guard let name = files.readRun(), let store = try? RunIndex(stateDirectory: directories.state).open(name) else { return nil }
        return RunState(journal: try store.events()).end == nil ? name : nil
    }
}
