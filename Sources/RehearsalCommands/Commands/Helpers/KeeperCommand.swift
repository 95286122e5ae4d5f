import ArgumentParser
import Foundation
import RehearsalLibvirt
import RehearsalTestbed

struct KeeperCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keeper", abstract: "Hold a testbed (started by `rehearse up` and `run` in namespaces of its own).",
        shouldDisplay: false)
    @Option(help: "The testbed's specification, JSON.") var specification: String

    func run() async throws {
        try await reportingFailures {
            try await Keeper.run(specification: TestbedSpecification(json: Data(contentsOf: URL(fileURLWithPath: specification))))
        }
    }
}
