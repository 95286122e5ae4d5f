import RehearsalModel
import ArgumentParser
import Foundation
import RehearsalChecks
import RehearsalHistory
import RehearsalReport
import RehearsalStore

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List, show and remove runs.", subcommands: [List.self, Show.self, Remove.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List all runs, oldest first.", aliases: ["ls"])
        @Flag(name: .shortAndLong, help: "Names only.") var quiet = false
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                for run in try RunIndex(stateDirectory: directories.state).list() {
                    if quiet {
                        Terminal.output(run.identifier + "\n")
                        continue
                    }
                    let verdict = run.verdict ?? run.state.rawValue
                    let length = run.started.flatMap { start in run.ended.map { $0.seconds(since: start).spoken } } ?? "-"
                    Terminal.output("\(run.identifier)  \(run.scenario) \(run.strategy)  \(verdict)  \(length)  \(run.bytes.spokenBytes)\n")
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a run's summary.")
        @Argument(help: "The run's name.") var run: String
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                let store = try RunIndex(stateDirectory: directories.state).open(run)
                Terminal.output(TerminalSummary.render(try RunHistory(store: store)))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove runs with everything they recorded.")
        @Argument(help: "The runs' names.") var runs: [String]
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                for run in runs { try RunIndex(stateDirectory: directories.state).remove(run) }
            }
        }
    }
}

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Rebuild a run's reports from its store alone.",
        discussion: "report.json, report.html, junit.xml and demo.cast; the same store gives the same bytes.")
    @Argument(help: "The run's name.") var run: String
    @Option(help: ArgumentHelp("Write them here instead of the run's directory.", valueName: "directory")) var output: String?
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let store = try RunIndex(stateDirectory: directories.state).open(run)
            let verdict = try RunReporting.finish(store, to: output.map { URL(fileURLWithPath: $0) })
            if verdict != .pass { throw ExitCode(verdict.exitStatus) }
        }
    }
}

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "compare", abstract: "Outages of several runs side by side, per probe.")
    @Argument(help: "The runs' names.") var runs: [String]
    @Option(help: "The client's patience in seconds.") var patience: Double = 1
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let index = RunIndex(stateDirectory: directories.state)
            let reports = try runs.map { try RunReport.make(try index.open($0)) }
            Terminal.output(RunComparison(reports, patienceSeconds: patience).text())
        }
    }
}
