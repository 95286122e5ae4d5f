import ArgumentParser
import RehearsalAnalysis
import RehearsalModel
import RehearsalReport
import RehearsalStore

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "compare", abstract: "Outages of several runs side by side, per probe.")
    @Argument(help: "The runs' names.") var runs: [String]
    @Option(help: "The client's patience in seconds.") var patience = Patience.headline
    @OptionGroup var output: OutputOptions
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let index = RunIndex(stateDirectory: directories.state)
            let analyses = try runs.map { try RunAnalysis(try index.open($0)) }
            let comparison = RunComparison(analyses, patienceSeconds: patience)
            try output.print(Rendered(table: comparison.text(), json: comparison.json))
        }
    }
}
