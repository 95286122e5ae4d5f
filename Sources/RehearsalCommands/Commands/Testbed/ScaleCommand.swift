import ArgumentParser
import RehearsalRuns

struct ScaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Let machines join a testbed that is up, or leave it.",
        usage: "rehearse scale <role> <change>",
        discussion: """
            The machines are those that the topology defines as `spares`. Where the undercloud has Heat, its stack grows or shrinks by them, \
            and forgets the identifier of the last update: a machine that joins would run that update as soon as it is made, and no \
            breakpoint would hold it up (docs/bugs/4-evil.md). A machine that leaves loses its disk.

              rehearse scale compute +1
              rehearse scale compute -1
            """)

    @Argument(help: "The role.") var role: String
    @Argument(parsing: .allUnrecognized, help: "How many machines join (+1) or leave (-1).") var change: [String]
    @Flag(help: "Have Heat's stack go on remembering the identifier of its last update, as stacks did in 2016.") var keepIdentifier = false
    @OptionGroup var choice: TestbedChoice
    @OptionGroup var directories: Directories

    func validate() throws {
        guard change.count == 1, Int(change[0]) ?? 0 != 0 else {
            throw ValidationError("'\(change.joined(separator: " "))' is no change: write +1 or -1")
        }
    }

    func run() async throws {
        try await reportingFailures {
            let number = Int(change[0]) ?? 0
            let machines = try await directories.runs(TerminalObserver()).scale(
                role, by: number, keepingIdentifier: keepIdentifier, testbed: choice.testbed, in: try directories.project())
            Terminal.note("\(number > 0 ? "joined" : "left"): \(machines.joined(separator: ", "))")
        }
    }
}
