import ArgumentParser
import RehearsalPlanner
import RehearsalRuns

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Print what a run would do, step by step, without starting a machine.",
        discussion:
            """
            The plan names the packages that would really change. For that it needs the images of the topology: those that are not in the cache \
            are built first, which takes minutes, the network and some gigabytes. After that it takes seconds.
            """)

    @Argument(help: "A scenario: Scenarios/NAME.yaml, or its NAME; NAME:WAY if it has several ways.") var scenario: String
    @OptionGroup var update: UpdateOptions
    @OptionGroup var images: ImageOptions
    @OptionGroup var directories: Directories
    @OptionGroup var output: OutputOptions
    @Flag(help: "The same as --format json.") var json = false

    func run() async throws {
        try await reportingFailures {
            let plan = try await directories.runs(TerminalObserver(.imagesAlone)).plan(
                scenario, in: directories.project(), update: update.settings, images: images.settings)
            let checkpoints = try Retention.read(state: directories.state).text(plan)
            Terminal.output(try Output.render(PlanListing(plan, checkpoints: checkpoints), as: json ? .json : output.format))
        }
    }
}
