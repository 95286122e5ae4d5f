import Foundation
import RehearsalDeclaration
import RehearsalEngine
import RehearsalImages
public import RehearsalModel
import RehearsalPlanner

/// What a run chooses about its update; nil leaves it to the scenario.
public struct UpdateSettings: Sendable {
    /// How the plan is made.
    public var strategy: String?
    /// Who starts what a machine does to itself.
    public var driver: ProcedureDriver?
    /// Decides everything that is left to chance.
    public var seed: UInt64?
    /// The update identifier; nil for the time. Machines that recorded the same one are left alone.
    public var identifier: String?
    /// Whether nothing is changed: breakpoints, checkpoints, proofs and waits stay, and a quiet time takes the place of each procedure.
    public var isControl: Bool

    /// Makes settings.
    public init(
        strategy: String? = nil, driver: ProcedureDriver? = nil, seed: UInt64? = nil, identifier: String? = nil, isControl: Bool = false
    ) {
        self.strategy = strategy
        self.driver = driver
        self.seed = seed
        self.identifier = identifier
        self.isControl = isControl
    }

    /// Refuses what cannot be used, before images are looked at.
    ///
    /// - Throws: ``RunError``, `PlanError`, `EngineError`.
    func check(_ topology: Topology) throws {
        if let identifier { try Planning.checkIdentifier(identifier) }
        if let strategy { _ = try Strategies.named(strategy) }
        if driver == .heat { try OvercloudTemplate.check(topology) }
    }
}

/// From a declaration and its channels to a plan.
enum Planning {
    static func plan(
        _ prepared: Prepared, project: Project, update: UpdateSettings, identifier: String
    ) throws -> Plan {
        let (declaration, images) = (prepared.declaration, prepared.images)
        guard let scenario = declaration.scenario else { throw RunError(.invalid, "a plan needs a scenario") }
        let changes = Dictionary(grouping: images.delta, by: \.name)
        let delta = Dictionary(
            uniqueKeysWithValues: declaration.topology.machines.map { machine in
                (
                    machine.name,
                    (images.roles[machine.role]?.packages ?? []).compactMap { package in
                        changes[package.name]?.first { $0.from == package.version }
                    }
                )
            })
        return try Strategies.named(update.strategy ?? scenario.strategy).plan(
            PlanInput(
                topology: declaration.topology, services: declaration.catalog.services(of: declaration.topology), delta: delta,
                procedures: try project.procedures(), faults: scenario.faults, checks: scenario.checks,
                parameters: PlanParameters(
                    identifier: identifier, driver: update.driver ?? scenario.driver, seed: update.seed ?? scenario.seed,
                    baselineSeconds: scenario.baselineSeconds,
                    breakpoints: scenario.breakpoints, leftOut: scenario.leftOut, looksFor: scenario.looksFor,
                    scaling: scenario.scaling, isControl: update.isControl, slowness: prepared.host.slowness)))
    }

    /// Seconds since 1970, as the talk's tool made its update identifiers (`PackageUpdateManager`, tripleo-common 2.0.0).
    static func newIdentifier() -> String { "\(Int(Date().timeIntervalSince1970))" }

    static func checkIdentifier(_ text: String) throws {
        guard UpdateIdentifier.isValid(text) else {
            throw RunError(.invalid, "the update identifier '\(text)' cannot be used", hint: "letters, digits, - and _, at most 64")
        }
    }
}
