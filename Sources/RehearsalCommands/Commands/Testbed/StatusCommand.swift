import ArgumentParser
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalKeeper
import RehearsalModel
import RehearsalRuns
import RehearsalTestbed

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show a testbed that is up: its machines, where they stand in the update, and whether every service is ready.")

    @OptionGroup var choice: TestbedChoice
    @OptionGroup var output: OutputOptions
    @Flag(help: "Do not ask the machines how their services are.") var quick = false
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let testbed = try Testbeds(directories.places).choose(choice.testbed)
            let topology = try testbed.files.readTopology()
            let status = try await testbed.client.testbed()
            let states = Dictionary(uniqueKeysWithValues: status.machines.map { ($0.name, $0.state) })
            let running = topology.machines.map(\.name).filter { states[$0] == .running }
            let run = testbed.files.readRun()
            try output.print(
                StatusListing(
                    testbed: testbed.name, topology: topology, accelerator: status.accelerator, run: run, states: states,
                    ready: quick ? nil : try await Readiness.ask(running, of: testbed.client),
                    progress: try run.map(directories.runs().progress) ?? [:],
                    faults: directories.runs().openFaults(of: testbed)))
        }
    }
}
