import ArgumentParser
import Foundation
import RehearsalImages
import RehearsalRuns
import RehearsalStore

struct CheckpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Look after checkpoints: of ready testbeds, to start from, and of runs, to go back to.",
        discussion: """
            `up` and `run` save a testbed once it is proven ready, and bring the next one like it back from there: one with the very same \
            images, topology, QEMU, libvirt and processor; --cold boots instead. Beyond \(CheckpointCache.limitBytes >> 30) GiB the longest \
            unused are removed. A run saves its machines at every breakpoint, \
            for `rehearse rewind`; beyond \(CheckpointCache.runLimitBytes >> 30) GiB the oldest runs lose theirs when a new one starts.
            """,
        subcommands: [List.self, Remove.self, Clean.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the checkpoints of ready testbeds, the longest unused first, then those of runs, by run.",
            aliases: ["ls"])
        @OptionGroup var output: OutputOptions
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                let runs = directories.runs()
                let saved = try RunIndex(stateDirectory: directories.state).list().filter { $0.checkpointBytes > 0 }.map { run in
                    (run.identifier, run.checkpointBytes, try runs.checkpoints(of: run.identifier))
                }
                try output.print(CheckpointListing(testbeds: try CheckpointCache.all(directories.cache).entries(), runs: saved))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove checkpoints.")
        @Argument(help: "Their names, or the names of runs.") var names: [String]
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                let cache = CheckpointCache.all(directories.cache)
                let cached = Set(try cache.entries().map(\.name))
                for name in names {
                    if cached.contains(name) {
                        try cache.remove(name)
                    } else {
                        try RunIndex(stateDirectory: directories.state).removeCheckpoints(of: name)
                    }
                }
            }
        }
    }

    struct Clean: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "gc", abstract: "Remove the longest unused checkpoints of ready testbeds, and those of the oldest runs.")
        @Option(name: .customLong("keep-gib"), help: "Keep at most so many GiB of ready testbeds.") var keep = GiBOption(
            bytes: CheckpointCache.limitBytes)
        @Option(name: .customLong("keep-runs-gib"), help: "Keep at most so many GiB of runs.") var keepRuns = GiBOption(
            bytes: CheckpointCache.runLimitBytes)
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                try CheckpointCache.all(directories.cache).removeLongestUnused(keep: keep)
                let runs = try RunIndex(stateDirectory: directories.state).cleanCheckpoints(keepBytes: keepRuns.bytes)
                for run in runs { Terminal.note("removed the checkpoints of run \(run)") }
            }
        }
    }
}
