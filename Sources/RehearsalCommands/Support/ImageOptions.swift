import ArgumentParser
import RehearsalImages
import RehearsalModel
import RehearsalRuns

/// Where packages come from.
struct ImageOptions: ParsableArguments {
    @Option(help: "Base URL of the Debian archive (default: what apt has on this machine).")
    var mirror: String?

    @Option(name: .customLong("security-mirror"), help: "Base URL of the Debian security archive (default: what apt has on this machine).")
    var securityMirror: String?

    @Option(
        help: ArgumentHelp(
            "Make the channel of updates from the .deb files in this directory (default: the channel of the scenario if there is one, else security-updates).",
            valueName: "directory"))
    var candidate: String?

    @Flag(help: "Read the archive's package lists anew, even if they are fresh (6 hours).")
    var refresh = false

    var settings: ImageSettings {
        ImageSettings(
            sources: PackageSources(mirror: mirror, securityMirror: securityMirror), candidate: candidate.map(Candidate.init),
            refresh: refresh)
    }
}
