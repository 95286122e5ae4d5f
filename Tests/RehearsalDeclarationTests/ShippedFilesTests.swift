import Foundation
import RehearsalDeclaration
import RehearsalModel
import RehearsalRecorder
import Testing

/// The topologies and scenarios in the repository, with its roles and services.
@Suite("shipped files")
struct ShippedFilesTests {
    @Test(
        "topologies and scenarios are right, and draw no warning",
        arguments: try Self.names(in: "Scenarios").filter { $0.hasSuffix(".yaml") })
    func scenarios(_ file: String) throws {
        let scenario = try Self.file("Scenarios/\(file)")
        let name = try #require(ScenarioDocument.topology(in: scenario.text))
        let declaration = try Declaration.decode(
            topology: Self.file("Topologies/\(name).yaml"), scenario: scenario,
            roles: Self.files(in: "Images/roles"),
            services: Self.names(in: "Images/services").map { try Self.file("Images/services/\($0)/service.yaml") },
            strategies: ["rolling", "talk"], probeKinds: ProbeKinds.all)
        #expect(declaration.warnings == [])
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

    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).sorted()
    }

    private static func files(in folder: String) throws -> [SourceFile] {
        try names(in: folder).filter { $0.hasSuffix(".yaml") }.map { try file("\(folder)/\($0)") }
    }

    private static func file(_ path: String) throws -> SourceFile {
        SourceFile(name: path, text: try String(contentsOf: root.appending(path: path), encoding: .utf8))
    }
}
