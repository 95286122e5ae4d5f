import RehearsalDeclaration
import RehearsalModel
import RehearsalTesting
import Testing

@Suite("diagnostics")
struct DiagnosticsTests {
    @Test("the fixture itself is right")
    func fixture() throws {
        #expect(try Fixture.decode(Fixture.files).warnings == [])
    }

    @Test("bad input gets all its problems at once", arguments: BadInput.all)
    func badInput(_ input: BadInput) throws {
        let error = try #require(throws: DiagnosticsError.self) { try Fixture.decode(input.files) }
        let slug = input.name.replacing(#/[^A-Za-z0-9]+/#, with: "-").lowercased()
        try Snapshot("diagnostics/\(slug).txt").verify(error.description + "\n")
    }

    @Test("names of bad inputs are unique")
    func names() {
        #expect(Set(BadInput.all.map(\.name)).count == BadInput.all.count)
    }

    @Test("an even number of machines in a cluster is only a warning")
    func evenCluster() throws {
        let input = BadInput("even", ("ha.yaml", "count: 3", "count: 4"))
        let loaded = try Fixture.decode(input.files)
        try Snapshot("diagnostics/even-cluster.txt").verify(
            loaded.warnings.map(\.description).joined(separator: "\n") + "\n")
        #expect(loaded.value.topology.machines(inRole: "Controller").count == 4)
    }

    @Test("every error has a place in a file and a remedy")
    func remedies() throws {
        for input in BadInput.all {
            let error = try #require(throws: DiagnosticsError.self) { try Fixture.decode(input.files) }
            for diagnostic in error.diagnostics {
                #expect(diagnostic.line >= 1 && diagnostic.column >= 1)
                #expect(!diagnostic.file.isEmpty)
                #expect(diagnostic.hint != nil || diagnostic.message.contains("expected"), "\(diagnostic)")
            }
        }
    }

    @Test("a role or service that two files declare is an error")
    func declaredTwice() throws {
        let again = [
            SourceFile(name: "roles/more/Compute.yaml", text: "role: Compute\nservices: [base]\n"),
            SourceFile(name: "services/more/base/service.yaml", text: "service: base\ndescription: again\n"),
        ]
        let error = try #require(throws: DiagnosticsError.self) { try Fixture.decode(Fixture.files + again) }
        try Snapshot("diagnostics/declared-twice.txt").verify(error.description + "\n")
    }

    @Test("each document decodes by itself, too")
    func singleDocuments() throws {
        _ = try TopologyDocument.decode(text: Fixture.topology.text, file: "ha.yaml")
        _ = try ScenarioDocument.decode(text: Fixture.scenario.text, file: "minor-update.yaml")
        let error = try #require(throws: DiagnosticsError.self) {
            try RoleDocument.decode(text: "role: Controller\nservices: [base, base]\n", file: "roles/Control.yaml")
        }
        #expect(error.diagnostics.map(\.line) == [1, 2])
    }

    @Test("the topology a scenario asks for is known whatever else is wrong with it")
    func topologyOfScenario() {
        #expect(ScenarioDocument.topology(in: "topology: ha\nseed: x\nfoo: 1\n") == "ha")
        #expect(ScenarioDocument.topology(in: "topology: [") == nil)
    }
}
