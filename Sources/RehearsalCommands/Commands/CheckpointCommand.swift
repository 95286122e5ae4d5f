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
                for entry in try CheckpointCache.all(directories.cache).entries() {
                    Terminal.output("\(entry.name)  \(entry.bytes.spokenBytes)  last used \(entry.lastUsed.formatted(.iso8601))\n")
                }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove checkpoints.")
        @Argument(help: "Names as `rehearse checkpoint list` gives them.") var names: [String]
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                try CheckpointCommand.requireNothingUp(directories)
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
                try CheckpointCommand.requireNothingUp(directories)
                for name in try CheckpointCache.all(directories.cache).clean(keepBytes: Int64(keepGiB * 1_073_741_824)) {
                    Terminal.note("removed \(name)")
                }
            }
        }
    }

    /// The disks of running machines may be overlays on a checkpoint's.
    static func requireNothingUp(_ directories: Directories) throws {
        guard Testbeds(directories: directories).up().isEmpty else {
            throw CommandFailure(.usage, "a testbed is up and may use checkpoints", hint: "take it down first")
        }
    }
}
