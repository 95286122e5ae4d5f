import ArgumentParser
import RehearsalAnalysis
import RehearsalModel
import RehearsalReport
import RehearsalStore

struct OutagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outages", abstract: "List the outages of a run or a recording, each with its bounds and its cause.",
        discussion: """
            A length is an interval: at least the first number of seconds, at most the second. A "?" borders on time in which the recorder \
            cannot tell. Without --slow only what failed is listed: refused, reset, unreachable, silent, answered wrongly, or no connection \
            within the patience.
            """)
    @Argument(help: "The run's name, the path of its directory, or of its run.sqlite.") var run: String
    @Option(
        help: "The client's patience in seconds: \(Patience.standard.map(DurationText.number).joined(separator: ", ")), or one of a budget."
    )
    var patience = Patience.headline
    @Option(help: ArgumentHelp("Only probes whose names match; * and ? are wild.", valueName: "pattern")) var probe: String?
    @Flag(help: "Also list stretches in which answers came too late.") var slow = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let analysis = try RunAnalysis(try RunIndex(stateDirectory: directories.state).open(run))
            guard analysis.course.patiences.contains(patience) else {
                let known = analysis.course.patiences.map(DurationText.number).joined(separator: ", ")
                throw CommandFailure(
                    .usage, "the run is not folded for a patience of \(DurationText.number(patience)) s", hint: "give \(known)")
            }
            let listing = OutageListing(analysis, patienceSeconds: patience, probe: probe.map { Glob($0) }, includesSlow: slow)
            try output.print(Rendered(table: listing.table) { try Output.json(listing.entries) })
        }
    }
}
