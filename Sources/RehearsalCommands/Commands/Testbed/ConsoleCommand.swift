import ArgumentParser
import Foundation
import RehearsalEngine
import RehearsalRuns
import RehearsalTestbed

struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "console", abstract: "Show a machine's console, and follow it until C-c.")

    @Argument(help: "The machine.") var machine: String
    @Flag(help: "Print what there is and end.") var dump = false
    @OptionGroup var choice: TestbedChoice
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let testbed = try Testbeds(directories.places).choose(choice.testbed)
            let specification = try TestbedSpecification(json: Data(contentsOf: testbed.files.specification))
            guard let path = specification.machines.first(where: { $0.name == machine })?.console else {
                throw CommandFailure(
                    .usage, "testbed \(testbed.name) has no machine \(machine)",
                    hint: "known: \(specification.machines.map(\.name).joined(separator: ", "))")
            }
            guard let handle = FileHandle(forReadingAtPath: path) else { throw CommandFailure(.harness, "cannot read \(path)") }
            repeat {
                if let data = try handle.readToEnd(), !data.isEmpty { try FileHandle.standardOutput.write(contentsOf: data) }
                if !dump { try await Task.sleep(for: .milliseconds(200)) }
            } while !dump
        }
    }
}
