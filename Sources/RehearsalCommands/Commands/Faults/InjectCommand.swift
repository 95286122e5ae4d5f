import ArgumentParser
import RehearsalRuns

struct InjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inject", abstract: "Break something on a testbed that is up.",
        usage: "rehearse inject <fault> [<argument=value> ...] --on <machine>",
        discussion: """
            `rehearse faults` lists what there is. What is broken stays so until `rehearse heal`. A run that goes on there has it in its \
            timeline, and names it as the cause of what users felt.

              rehearse inject kill-service service=rabbitmq --on controller-1
            """)

    @Argument(help: "The fault.") var fault: String
    @Argument(help: "What it is told, as name=value.") var arguments: [ToldArgument] = []
    @Option(help: "The machine.") var on: String
    @OptionGroup var choice: TestbedChoice
    @OptionGroup var directories: Directories

    func validate() throws {
        let names = arguments.map(\.name)
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) { throw ValidationError("\(twice) is told twice") }
    }

    func run() async throws {
        try await reportingFailures {
            let told = Dictionary(uniqueKeysWithValues: arguments.map { ($0.name, $0.value) })
            let said = try await directories.runs().inject(fault, told, on: on, testbed: choice.testbed, in: try directories.project())
            Terminal.note("\(fault) on \(on)\(said.isEmpty ? "" : ": \(said)")")
            Terminal.note("mend it: `rehearse heal \(fault) --on \(on)`")
        }
    }
}

struct HealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heal", abstract: "Mend what `rehearse inject` broke.",
        discussion: "Without a fault, all of them, the last one first. What a scenario breaks its run heals.")

    @Argument(help: "The fault.") var fault: String?
    @Option(help: "The machine.") var on: String?
    @OptionGroup var choice: TestbedChoice
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let healed = try await directories.runs().heal(fault, on: on, testbed: choice.testbed, in: try directories.project())
            for fault in healed { Terminal.note("healed: \(fault.kind) on \(fault.machine)") }
        }
    }
}

/// What a fault is told, as `name=value`.
struct ToldArgument: ExpressibleByArgument {
    let name: String
    let value: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        (name, value) = (parts[0], parts[1])
    }
}
