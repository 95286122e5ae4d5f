import ArgumentParser
import RehearsalRuns

struct FaultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults", abstract: "List what can be broken, and what each fault is told.",
        discussion: """
            A scenario asks for faults under `faults`; `rehearse inject` does one by hand. A fault of your own is a script beside your \
            scenario (docs/faults.md).
            """)

    @Argument(help: "A scenario, whose own faults are listed too: Scenarios/NAME.yaml, or its NAME; NAME:WAY if it has several ways.")
    var scenario: String?
    @OptionGroup var output: OutputOptions
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            try output.print(FaultListing(try directories.runs().faultKinds(of: scenario, in: try directories.project())))
        }
    }
}
