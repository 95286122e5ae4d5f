import ArgumentParser
import Foundation
import RehearsalImages

struct CheckpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "List and remove checkpoints of ready testbeds.",
        discussion: """
            `rehearse up` and `rehearse run` save a testbed once it is proven ready, and bring the next one like it back from there. \
            A checkpoint is only used for the very same images, topology, QEMU, libvirt and processor; --cold boots instead.
            """,
        subcommands: [List.self, Remove.self, Clean.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the checkpoints with their sizes.", aliases: ["ls"])
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                try CheckpointCache.all(directories.cache).printEntries()
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove checkpoints.")
        @Argument(help: "Names as `rehearse checkpoint list` gives them.") var names: [String]
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                try Testbeds(directories: directories).requireNoneUp(using: "checkpoints")
                for name in names { try CheckpointCache.all(directories.cache).remove(name) }
            }
        }
    }

    struct Clean: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "gc", abstract: "Remove the longest unused checkpoints until the rest is small enough.")
        @Option(name: .customLong("keep-gib"), help: "How much may stay, in GiB.") var keepGiB = CheckpointCache.limitGiB
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                try Testbeds(directories: directories).requireNoneUp(using: "checkpoints")
                try CheckpointCache.all(directories.cache).cleanTelling(keepGiB: keepGiB)
            }
        }
    }
}
