import ArgumentParser
import Foundation
import RehearsalAnalysis
import RehearsalReport
import RehearsalStore

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List, show and remove runs.", subcommands: [List.self, Show.self, Remove.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List all runs, oldest first.", aliases: ["ls"])
        @Flag(name: .shortAndLong, help: "Names only.") var quiet = false
        @OptionGroup var output: OutputOptions
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                let listing = RunListing(try RunIndex(stateDirectory: directories.state).list())
                if quiet { Terminal.output(listing.names) } else { try output.print(listing) }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a run's summary.")
        @Argument(help: "The run's name.") var run: String
        @OptionGroup var output: OutputOptions
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                let store = try RunIndex(stateDirectory: directories.state).open(run)
                let history = try RunAnalysis(store)
                try output.print(
                    Rendered(table: TerminalSummary.render(history)) {
                        String(decoding: try JSONRenderer.render(history), as: UTF8.self)
                    })
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
