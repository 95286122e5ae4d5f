import ArgumentParser
import Foundation
import RehearsalRuns

struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "down", abstract: "End a testbed and remove its files.")

    @Argument(help: "The testbed (default: the only one that is up).") var name: String?
    @Flag(help: "End all of them.") var all = false
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let testbeds = Testbeds(directories.places)
            if all {
                for name in testbeds.names() { try await end(name, testbeds) }
            } else if let name, testbeds.names().contains(name) {
                try await end(name, testbeds)
            } else {
                try await end(try testbeds.choose(name).name, testbeds)
            }
        }
    }

    private func end(_ name: String, _ testbeds: Testbeds) async throws {
        try await testbeds.end(name)
        Terminal.note("testbed \(name) is down")
    }
}
