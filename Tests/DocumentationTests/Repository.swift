import Foundation
import RehearsalDeclaration
import RehearsalModel
import RehearsalPlanner
import RehearsalRecorder
import RehearsalTesting

/// The files of the repository, and of an example laid over it.
struct Repository {
    /// An example's folder, whose files come before those of the repository; nil for the repository alone.
    let overlay: URL?

    /// The names in a folder of the overlay and of the repository, each once, sorted.
    func names(in folder: String) -> [String] {
        let places = [overlay, Checkout.root].compactMap { $0?.appending(path: folder).path }
        return Set(places.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? [] }).sorted()
    }

    func text(_ path: String) throws -> String {
        if let overlay, let text = try? String(contentsOf: overlay.appending(path: path), encoding: .utf8) { return text }
        return try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8)
    }

    private func source(_ path: String) throws -> SourceFile { SourceFile(name: path, text: try text(path)) }

    /// A scenario with its topology, all roles and all services.
    func declaration(scenario name: String) throws -> Loaded<Declaration> {
        let scenario = try source("Scenarios/\(name)")
        let topology = ScenarioDocument.topology(in: scenario.text) ?? ""
        return try Declaration.decode(
            topology: source("Topologies/\(topology).yaml"), scenario: scenario,
            roles: names(in: "Images/roles").filter { $0.hasSuffix(".yaml") }.map { try source("Images/roles/\($0)") },
            services: names(in: "Images/services").map { try source("Images/services/\($0)/service.yaml") },
            strategies: Strategies.names, probeKinds: ProbeKinds.all, checks: scripts(in: "Images/checks"),
            faults: scripts(in: "Images/faults"))
    }

    private func scripts(in folder: String) throws -> [SourceFile] {
        try names(in: folder).filter { $0.hasSuffix(".sh") }.map { try source("\(folder)/\($0)") }
    }

    /// The kinds of faults, and the checks of machines, by name.
    func faultsAndChecks() throws -> (faults: [FaultKind], checks: [MachineCheck]) {
        let checks = try scripts(in: "Images/checks").compactMap { try CheckDocument.decode(text: $0.text, file: $0.name).check }
        return (try Declaration.faultKinds(of: scripts(in: "Images/faults")).sorted { $0.name < $1.name }, checks)
    }

    /// Summaries of all procedures.
    func procedures() throws -> [ProcedureSummary] {
        try names(in: "Images/procedures").filter { $0.hasSuffix(".sh") }.map { name in
            try ProcedureSummary.parse(name: String(name.dropLast(3)), text: text("Images/procedures/\(name)"))
        }
    }

    /// All files of a kind below a folder of the repository, as paths from its root.
    static func files(below folder: String, ending: String) -> [String] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: Checkout.root.appending(path: folder).path)) ?? []
        return names.filter { $0.hasSuffix(ending) }.sorted().map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
    }
}
