import Foundation
import RehearsalChecks
import RehearsalDeclaration
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalImages
import RehearsalModel
import RehearsalPlanner
import RehearsalRecorder
import RehearsalStore
import RehearsalTestbed

/// What a run's store holds before its first step: everything needed to report it, and to take it up again.
enum RunRecord {
    static func begin(
        _ store: RunStore, prepared: Prepared, plan: Plan, testbed: String
    ) throws {
        let (declaration, images, host) = (prepared.declaration, prepared.images, prepared.host)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var conditions = images.digests.reduce(into: [String: String]()) { $0["image \($1.key)"] = $1.value }
        conditions["candidate"] = images.candidateSource
        if !images.candidateLeftOut.isEmpty {
            conditions["candidate packages that change nothing"] = images.candidateLeftOut.joined(separator: ", ")
        }
        conditions["driver"] = (plan.usesHeat ? ProcedureDriver.heat : .agent).rawValue
        try store.setConditions(
            RunMetadata(
                identifier: store.directory.lastPathComponent, scenario: declaration.scenario?.name ?? "",
                topology: declaration.topology.name,
                strategy: plan.strategy, seed: plan.seed, updateIdentifier: plan.identifier, accelerator: host.accelerator,
                acceleratorReason: host.reason, slowness: host.slowness, version: RehearsalVersion.current,
                expectationsJSON: Expectation.json(declaration.scenario?.expectations ?? []), predictedSeconds: plan.predictedSeconds,
                planText: PlanPrinter.print(plan), planJSON: try plan.json(), testbed: testbed,
                packageChangesJSON: String(decoding: try encoder.encode(images.delta), as: UTF8.self),
                isControl: plan.changesNothing, conditions: conditions))
        try store.setMachines(
            declaration.topology.machines.enumerated().map { MachineRecord(name: $1.name, role: $1.role, position: $0) })
        try store.setSteps(plan.records(services: declaration.catalog.services(of: declaration.topology)))
        let services = declaration.catalog.services(of: declaration.topology)
        try store.setServiceNeeds(Dictionary(services.map { ($0.name, $0.needs) }) { first, _ in first })
        try store.setChannel("installed", packages: Set(images.roles.values.flatMap(\.packages)).sorted())
        try store.setChannel(
            "candidate",
            packages: images.delta.compactMap { change in
                change.to.map { PackageVersion(name: change.name, version: $0, source: change.source) }
            })
        _ = try store.append(
            Event(time: HostClock.now(), .runStarted, text: "\(declaration.scenario?.name ?? "") with \(plan.strategy)"))
        _ = try store.append(Event(time: HostClock.now(), .planned, text: "\(plan.steps.count) steps"))
    }

    /// Tells the recorder of the testbed which run it writes to.
    static func attach(_ store: RunStore, files: TestbedFiles, declaration: Declaration, places: Places, slowness: Double) throws {
        try setProbes(store, files: files, declaration: declaration, places: places, slowness: slowness)
        try Data((store.directory.lastPathComponent + "\n").utf8).write(to: files.run, options: .atomic)
    }

    /// Tells the recorder what to ask in a testbed with the machines of a declaration.
    static func setProbes(_ store: RunStore, files: TestbedFiles, declaration: Declaration, places: Places, slowness: Double) throws {
        let configuration = try RecorderConfiguration.make(declaration, places: places, slowness: slowness, run: store.directory)
        try store.setProbes(configuration.probes)
        try configuration.write(to: files.recorderConfiguration)
    }
}
