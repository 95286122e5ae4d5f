import ArgumentParser
import Foundation
import RehearsalAnalysis
import RehearsalReport
import RehearsalRuns
import RehearsalStore

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List, show and remove runs.", subcommands: [List.self, Show.self, Remove.self, Keep.self],
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

    struct Keep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "keep", abstract: "Say how many runs and how much of their checkpoints are kept.",
            discussion: """
                What is set stays set, and is applied whenever a run begins; each thing that is removed is said. Without options it prints \
                what is set. A run that was not ended, and one that is being driven, is never removed.
                """)
        @Option(help: "Keep at most so many ended runs: a number, or all.") var runs: RunCount?
        @Option(name: .customLong("gib"), help: "Keep at most so many GiB of all runs' checkpoints.") var all: GiBOption?
        @Option(
            name: .customLong("run-gib"), help: "Let the checkpoints of one run take at most so many GiB while it goes on.")
        var each: GiBOption?
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                // A setting that cannot be read is replaced by a whole new one alone.
                let isWhole = runs != nil && all != nil && each != nil
                var retention = try isWhole ? Retention() : Retention.read(state: directories.state)
                if let runs { retention.runs = runs.number }
                if let all { retention.checkpointBytes = all.bytes }
                if let each { retention.runCheckpointBytes = each.bytes }
                if runs != nil || all != nil || each != nil { try retention.write(state: directories.state) }
                Terminal.output(
                    """
                    ended runs: \(retention.runs.map { "at most \($0)" } ?? "all")
                    checkpoints of all runs: at most \(retention.checkpointBytes.sizeText)
                    checkpoints of one run while it goes on: at most \(retention.runCheckpointBytes.sizeText)

                    """)
            }
        }
    }
}

/// A number of runs from 1, or all of them.
struct RunCount: ExpressibleByArgument {
    /// The number; nil for all.
    let number: Int?

    init?(argument: String) {
        guard argument != "all" else {
            number = nil
            return
        }
        guard let number = Int(argument), number >= 1 else { return nil }
        self.number = number
    }
}
