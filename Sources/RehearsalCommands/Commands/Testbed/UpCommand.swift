import ArgumentParser
import RehearsalModel
import RehearsalRuns

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Raise a testbed and prove it ready.",
        discussion:
            "Everything lives in namespaces held by one process, the keeper; `rehearse down`, or the death of the keeper, ends all of it.")

    @Argument(help: "A topology: Topologies/NAME.yaml, or its NAME.") var topology: String
    @Option(help: "The testbed's name (default: the topology's).") var name: String?
    @OptionGroup var images: ImageOptions
    @OptionGroup var raise: RaiseOptions
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let runs = directories.runs(TerminalObserver(.imagesAlone))
            let project = try directories.project()
            let raised = try await Interruptible.run { [topology, name, images = images.settings, settings = raise.settings] in
                try await runs.raise(topology, name: name, in: project, images: images, settings: settings)
            }
            let name = raised.testbed.name
            Terminal.note("testbed \(name) is up after \(raised.seconds.spoken), and every probe is answered from outside")
            Terminal.note(
                "look: `rehearse status`, `rehearse shell controller-0`; rehearse on it: `rehearse run SCENARIO --on \(name)`; end it: `rehearse down \(name)`"
            )
        }
    }
}
