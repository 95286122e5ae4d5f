import Foundation
import RehearsalDeclaration
import RehearsalModel
import RehearsalPlanner
import RehearsalRecorder
import RehearsalTesting
import Testing

/// The complete files that the how-to pages come with, laid over the repository as a reader would.
@Suite("how-to examples")
struct HowToTests {
    @Test("every scenario is right, draws no warning, and can be planned", arguments: Self.examples)
    func planned(_ example: Example) throws {
        let repository = Repository(overlay: example.folder)
        let loaded = try repository.declaration(scenario: example.scenario)
        #expect(loaded.warnings == [])
        let (topology, scenario) = (loaded.value.topology, try #require(loaded.value.scenario))
        let services = loaded.value.catalog.services(of: topology)
        let changes = services.flatMap(\.packages).map { PackageChange(name: $0, from: "1", to: "2") }
        let plan = try Strategies.named(scenario.strategy).plan(
            PlanInput(
                topology: topology, services: services,
                delta: Dictionary(uniqueKeysWithValues: topology.machines.map { ($0.name, changes) }),
                procedures: try repository.procedures(), faults: scenario.faults, checks: scenario.checks,
                parameters: PlanParameters(
                    identifier: "1", driver: scenario.driver, seed: scenario.seed, baselineSeconds: scenario.baselineSeconds,
                    breakpoints: scenario.breakpoints)))
        let machines = Set(plan.steps.compactMap(\.machine))
        #expect(machines == (plan.changesNothing ? [] : Set(topology.machines.map(\.name))))
    }

    @Test("every file of probes that stands for itself is right and draws no warning", arguments: Self.recordings)
    func recorded(_ path: String) throws {
        let loaded = try ProbesDocument.decode(
            text: try Repository(overlay: nil).text(path), file: path, kinds: ProbeKinds.all,
            environment: ["PROBE_PASSWORD": "secret"])
        #expect(loaded.warnings == [])
        #expect(!loaded.value.probes.isEmpty && !loaded.value.expectations.isEmpty)
    }

    static let recordings = Repository.files(below: "docs/how-to", ending: ".yaml").filter { $0.split(separator: "/").count == 4 }

    @Test("every page has its folder, and every folder its page")
    func pages() {
        let pages = Set(Repository.files(below: "docs/how-to", ending: ".md").map { $0.split(separator: "/")[2] })
            .filter { $0.hasSuffix(".md") && $0 != "README.md" }.map { String($0.dropLast(3)) }
        let folders = Repository.files(below: "docs/how-to", ending: "").map { $0.split(separator: "/") }
            .filter { $0.count > 3 }.map { String($0[2]) }
        #expect(Set(pages) == Set(folders))
        #expect(pages.count >= 6)
    }

    /// A scenario of an example.
    struct Example: CustomStringConvertible, Sendable {
        let folder: URL
        let scenario: String
        var description: String { "\(folder.lastPathComponent)/\(scenario)" }
    }

    static let examples = Repository.files(below: "docs/how-to", ending: ".yaml").compactMap { path -> Example? in
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count == 5, parts[3] == "Scenarios" else { return nil }
        return Example(folder: Checkout.root.appending(path: parts[0...2].joined(separator: "/")), scenario: parts[4])
    }
}
