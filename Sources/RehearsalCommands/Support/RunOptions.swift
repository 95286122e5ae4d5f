public import ArgumentParser
import RehearsalEngine
public import RehearsalModel
import RehearsalPlanner
import RehearsalRuns

extension CheckpointPolicy: ExpressibleByArgument {}

extension ProcedureDriver: ExpressibleByArgument {
    /// Only what an operator may choose; ``heatTask`` is for plans.
    public init?(argument: String) {
        guard let driver = Self.choices.first(where: { $0.rawValue == argument }) else { return nil }
        self = driver
    }

    public static var allValueStrings: [String] { choices.map(\.rawValue) }
}

/// What a run chooses about its update.
struct UpdateOptions: ParsableArguments {
    @Option(help: "How the plan is made: \(Strategies.names.joined(separator: ", ")) (default: the scenario's).") var strategy: String?
    @Option(help: "Who starts what a machine does to itself: heat or agent (default: the scenario's).") var driver: ProcedureDriver?
    @Option(help: "Seed of random choices: the strategy talk draws the order of machines (default: the scenario's).") var seed: UInt64?
    @Option(help: "The update identifier; machines that recorded the same one are left alone (default: the time).") var identifier: String?

    @Flag(
        help: """
            Change nothing: breakpoints, checkpoints, proofs and waits stay, and a quiet time takes the place of each procedure. What such \
            a run shows is the host and the harness; `rehearse compare` sets it beside others.
            """)
    var control = false

    var settings: UpdateSettings {
        UpdateSettings(strategy: strategy, driver: driver, seed: seed, identifier: identifier, isControl: control)
    }
}

/// How a testbed is raised.
struct RaiseOptions: ParsableArguments {
    @Option(name: .customLong("connect"), help: ArgumentHelp("Use this libvirt URI instead of the embedded driver.", valueName: "uri"))
    var connection: String?

    @Flag(help: "Leave the testbed up at the end: of a run, or of `up` when it fails, to look around in it.")
    var keep = false

    @Flag(help: "Boot the machines, even if a checkpoint of the ready testbed is in the cache; save none.")
    var cold = false

    var settings: RaiseSettings { RaiseSettings(connection: connection, keep: keep, cold: cold) }
}
