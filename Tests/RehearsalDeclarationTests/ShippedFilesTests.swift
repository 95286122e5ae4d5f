import Foundation
import RehearsalDeclaration
import RehearsalModel
import RehearsalRecorder
import RehearsalTesting
import Testing

/// The topologies and scenarios in the repository, with its roles and services.
@Suite("shipped files")
struct ShippedFilesTests {
    @Test(
        "topologies and scenarios are right, and draw no warning",
        arguments: try Self.names(in: "Scenarios").filter { $0.hasSuffix(".yaml") }.map { ($0, nil) }
            + Self.names(in: "Scenarios/bugs").flatMap { file in ["as-it-was", "caught", "fixed"].map { ("bugs/\(file)", $0) } })
    func scenarios(_ file: String, way: String?) throws {
        let scenario = try Self.file("Scenarios/\(file)")
        let name = try #require(ScenarioDocument.topology(in: scenario.text))
        let procedures = try Self.files(in: "Images/procedures", ending: ".sh")
        let steps = procedures.flatMap { $0.text.matches(of: #/(?m)^#: step (\S+)/#).map { String($0.1) } }
        let declaration = try Declaration.decode(
            topology: Self.file("Topologies/\(name).yaml"), scenario: scenario, way: way,
            roles: Self.files(in: "Images/roles"),
            services: Self.names(in: "Images/services").map { try Self.file("Images/services/\($0)/service.yaml") },
            strategies: ["rolling", "talk"], probeKinds: ProbeKinds.all, checks: Self.files(in: "Images/checks", ending: ".sh"),
            substeps: Set(steps), faults: Self.files(in: "Images/faults", ending: ".sh"))
        #expect(declaration.warnings == [])
        #expect(try #require(declaration.value.scenario).name.hasSuffix(way.map { ":\($0)" } ?? ""))
    }

    @Test("the cloud of the talk has six machines")
    func talk() throws {
        let declaration = try Declaration.decode(
            topology: Self.file("Topologies/ha.yaml"), roles: Self.files(in: "Images/roles"),
            services: Self.names(in: "Images/services").map { try Self.file("Images/services/\($0)/service.yaml") },
            strategies: [], probeKinds: ProbeKinds.all)
        #expect(declaration.value.topology.machines.count == 6)
        #expect(declaration.value.topology.machines(running: "keystone").count == 3)
    }

    @Test("the probes of every shipped topology can be asked", arguments: try Self.names(in: "Topologies").filter { $0.hasSuffix(".yaml") })
    func probes(_ file: String) throws {
        let declaration = try Declaration.decode(
            topology: Self.file("Topologies/\(file)"), roles: Self.files(in: "Images/roles"),
            services: Self.names(in: "Images/services").map { try Self.file("Images/services/\($0)/service.yaml") },
            strategies: [], probeKinds: ProbeKinds.all
        ).value
        let names = declaration.catalog.secrets(of: declaration.topology.services)
        let secrets = Dictionary(uniqueKeysWithValues: names.map { ($0, "s") })
        let probes = try ProbeBuilder.make(
            topology: declaration.topology, catalog: declaration.catalog, kinds: ProbeKinds.all, secrets: secrets)
        #expect(probes.flatMap { $0.problems(kinds: ProbeKinds.all) } == [])
        #expect(Set(probes.map(\.name)).count == probes.count)
        // A network is asked on its bridge.
        let holder = probes.first { $0.name == "vip-internal-holder" }
        if let holder { #expect(holder.settings == ["network": "ctlplane", "interface": "br-ctlplane"]) }
        // A probe that speaks of a machine is made for each.
        let computes = declaration.topology.machines(running: "workload").map { "tenant-icmp-\($0.name)" }
        #expect(probes.map(\.name).filter { $0.hasPrefix("tenant-icmp-") } == computes)
    }

    @Test("every secret that a build script asks for is declared by its service", arguments: try Self.names(in: "Images/services"))
    func secrets(_ service: String) throws {
        guard let script = try? Self.file("Images/services/\(service)/build.sh").text else { return }
        let declared =
            try Self.file("Images/services/\(service)/service.yaml").text.firstMatch(of: #/(?m)^secrets: \[(.*)\]$/#)
            .map { $0.output.1.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).uppercased() } } ?? []
        for match in script.matches(of: #/machine_secret "\$\w+" ([A-Z_]+)/#) {
            #expect(declared.contains(String(match.output.1)), "\(service) asks for \(match.output.1)")
        }
    }

    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Checkout.root.appending(path: folder).path).sorted()
    }

    private static func files(in folder: String, ending: String = ".yaml") throws -> [SourceFile] {
        try names(in: folder).filter { $0.hasSuffix(ending) }.map { try file("\(folder)/\($0)") }
    }

    private static func file(_ path: String) throws -> SourceFile {
        SourceFile(name: path, text: try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8))
    }
}
