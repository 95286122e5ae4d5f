import Foundation
import RehearsalDeclaration
import RehearsalImages
import RehearsalModel
import RehearsalPlanner

/// From a declaration and its channels to a plan.
enum Planning {
    static func plan(
        _ declaration: Declaration, project: Project, images: ImageSet, update: UpdateOptions, identifier: String, slowness: Double
    ) throws -> Plan {
        guard let scenario = declaration.scenario else { throw CommandFailure(.usage, "a plan needs a scenario") }
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
                procedures: try project.procedures(),
                parameters: PlanParameters(
                    identifier: identifier, driver: update.driver ?? scenario.driver, seed: update.seed ?? scenario.seed,
                    baselineSeconds: scenario.baselineSeconds,
                    breakpoints: scenario.breakpoints, slowness: slowness)))
    }

    /// Seconds since 1970, as the talk's tool made its update identifiers (`PackageUpdateManager`, tripleo-common 2.0.0).
    static func newIdentifier() -> String { "\(Int(Date().timeIntervalSince1970))" }

    static func checkIdentifier(_ text: String) throws {
        guard !text.isEmpty, text.count <= 64, text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }) else {
            throw CommandFailure(.usage, "the update identifier '\(text)' cannot be used", hint: "letters, digits, - and _, at most 64")
        }
    }
}
