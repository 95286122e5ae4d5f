import ArgumentParser
import Foundation
import RehearsalImages
import RehearsalRuns

struct ImagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "Build, list and remove images.", subcommands: [Build.self, List.self, Clean.self],
        defaultSubcommand: List.self)

    struct Build: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "build", abstract: "Build what a topology needs, or find it in the cache.",
            discussion: """
                Images are named by a digest of everything that shaped them; nothing unchanged is built twice. `rehearse up` and `rehearse run` \
                build what they need themselves: this command is for doing it beforehand.
                """)
        @Argument(help: "A topology: Topologies/NAME.yaml, or its NAME.") var topology: String
        @OptionGroup var images: ImageOptions
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                let start = Date()
                let set = try await directories.runs(TerminalObserver(.imagesAlone)).images(
                    of: topology, in: directories.project(), settings: images.settings)
                for image in set.roles.values.sorted(by: { $0.role < $1.role }) {
                    Terminal.output("\(image.role) \(image.digest) \(image.packages.count) packages \(image.disk.path)\n")
                }
                Terminal.output("candidate \(set.candidateDigest) \(set.delta.count) packages differ\n")
                Terminal.note("done in \(Date().timeIntervalSince(start).spoken)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the image cache.", aliases: ["ls"])
        @OptionGroup var output: OutputOptions
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                try output.print(ArtefactListing(try ArtefactCache(cache: directories.cache).entries()))
            }
        }
    }

    struct Clean: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "clean", abstract: "Remove images that no testbed uses, the longest unused first, until the cache is small enough."
        )
        @Option(name: .customLong("keep-gib"), help: "How much may stay, in GiB.") var keep = GiBOption(bytes: 20 << 30)
        @OptionGroup var directories: Directories

        func run() async throws {
            try await reportingFailures {
                try Testbeds(directories.places).requireNoneUp(using: "images")
                try ArtefactCache(cache: directories.cache).removeLongestUnused(keep: keep)
            }
        }
    }
}
