import ArgumentParser
import Foundation
import RehearsalDeclaration
import RehearsalImages
import RehearsalModel

/// Where packages come from.
struct ImageOptions: ParsableArguments {
    @Option(help: "Base URL of the Debian archive (default: what apt has on this machine).")
    var mirror: String?

    @Option(name: .customLong("security-mirror"), help: "Base URL of the Debian security archive (default: what apt has on this machine).")
    var securityMirror: String?

    @Option(
        help: ArgumentHelp(
            "Update to the packages in this directory of .deb files instead of the scenario's channel.", valueName: "directory"))
    var candidate: String?

    @Flag(help: "Read the archive's package lists anew, even if they are fresh (6 hours).")
    var refresh = false

    func source(scenario: Scenario?) -> Candidate {
        let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        return (candidate.map(Candidate.init) ?? scenario?.candidate ?? .securityUpdates).resolved(relativeTo: here)
    }

    func prepare(_ declaration: Declaration, project: Project, directories: Directories) async throws -> ImageSet {
        let builder = self.builder(project: project, directories: directories)
        return try await builder.prepare(
            topology: declaration.topology, catalog: declaration.catalog, candidate: source(scenario: declaration.scenario))
    }

    func builder(project: Project, directories: Directories) -> ImageBuilder {
        ImageBuilder(
            cache: directories.cache, images: project.images, sources: PackageSources(mirror: mirror, securityMirror: securityMirror),
            refresh: refresh, progress: ImageProgressPrinter().callAsFunction)
    }
}

/// Tells how images come into being, a line for each thing that takes time.
struct ImageProgressPrinter: Sendable {
    func callAsFunction(_ progress: ImageProgress) {
        switch progress {
        case .reused(let kind, let digest): Terminal.note(Terminal.styled("  image \(kind) \(digest.prefix(8)) from the cache", .dim))
        case .building(let kind, let digest): Terminal.note("  image \(kind) \(digest.prefix(8)): building")
        case .stage(let kind, let stage): Terminal.note(Terminal.styled("  image \(kind): \(stage)", .dim))
        case .built(let kind, let seconds, let bytes): Terminal.note("  image \(kind): built in \(seconds.spoken), \(bytes.spokenBytes)")
        }
    }
}
