import ArgumentParser
import Foundation
import RehearsalChecks
import RehearsalRuns
import RehearsalStore

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Rebuild a run's reports from its store alone.",
        discussion:
            "report.json, report.html and junit.xml; in a checkout of Rehearsal also the recording (`rehearse demo`). The same store gives the same bytes."
    )
    @Argument(help: "The run's name.") var run: String
    @Option(help: ArgumentHelp("Write them here instead of the run's directory.", valueName: "directory")) var output: String?
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let store = try RunIndex(stateDirectory: directories.state).open(run)
            let reporting = RunReporting(project: try? directories.project(), directory: output.map { URL(fileURLWithPath: $0) })
            try Optional(reporting.conclude(store)).exit()
        }
    }
}
