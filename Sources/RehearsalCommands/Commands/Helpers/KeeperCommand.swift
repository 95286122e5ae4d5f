import ArgumentParser
import Foundation
import RehearsalKeeper
import RehearsalLibvirt
import RehearsalTestbed

struct KeeperCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keeper", abstract: "Hold a testbed (started by `rehearse up` and `run` in namespaces of its own).",
        shouldDisplay: false)
    @Option(help: "The testbed's specification, JSON.") var specification: String

    func run() async throws {
        try await reportingFailures {
            let specification = try TestbedSpecification(json: Data(contentsOf: URL(fileURLWithPath: self.specification)))
            try await Keeper.run(specification: specification) { try await LibvirtHypervisor.raise($0, processes: $1) }
        }
    }
}
