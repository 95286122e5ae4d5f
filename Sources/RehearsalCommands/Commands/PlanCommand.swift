public import ArgumentParser
import Foundation
import RehearsalDeclaration
import RehearsalEngine
public import RehearsalModel
import RehearsalPlanner

extension ProcedureDriver: ExpressibleByArgument {
    /// Only what an operator may choose; ``heatTask`` is for plans.
    public init?(argument: String) {
        guard let driver = Self.choices.first(where: { $0.rawValue == argument }) else { return nil }
        self = driver
    }

    public static var allValueStrings: [String] { choices.map(\.rawValue) }
}

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Print what a run would do, step by step, without starting anything.",
        discussion:
            "Reads the package channels (and builds images that are not in the cache), so that the plan names what would really change.")

    @Argument(help: "A scenario: Scenarios/NAME.yaml, or its NAME.") var scenario: String
    @OptionGroup var update: UpdateOptions
    @OptionGroup var images: ImageOptions
    @OptionGroup var directories: Directories
    @Flag(help: "Print the plan as JSON.") var json = false

    func run() async throws {
        try await reportingFailures {
            let project = try directories.project()
            let declaration = try project.scenario(scenario)
            try update.check(declaration)
            let builder = images.builder(project: project, directories: directories)
            let host = try await HostConditions.measure(directories: directories, builder: builder)
            let set = try await images.prepare(declaration, project: project, directories: directories)
            let plan = try Planning.plan(
                declaration, project: project, images: set, update: update, identifier: update.identifier ?? "unset",
                slowness: host.slowness)
            Terminal.output(json ? try plan.json() : PlanPrinter.print(plan))
        }
    }
}

/// What a run chooses about its update.
struct UpdateOptions: ParsableArguments {
    @Option(help: "How the plan is made: \(Strategies.names.joined(separator: ", ")) (default: the scenario's).") var strategy: String?
    @Option(help: "Who starts what a machine does to itself: heat or agent (default: the scenario's).") var driver: ProcedureDriver?
    @Option(help: "Decides everything that is left to chance (default: the scenario's).") var seed: UInt64?
    @Option(help: "The update identifier; machines that recorded the same one are left alone (default: the time).") var identifier: String?

    func check(_ declaration: Declaration) throws {
        if let identifier { try Planning.checkIdentifier(identifier) }
        if let strategy { _ = try Strategies.named(strategy) }
        if driver == .heat { _ = try OvercloudTemplate(topology: declaration.topology, images: URL(fileURLWithPath: "/")) }
    }
}
