import Foundation
import RehearsalDeclaration
import RehearsalModel
import RehearsalTesting
import Testing

@testable import RehearsalRuns

@Suite("project")
struct ProjectTests {
    @Test("every topology and scenario that ships can be used", arguments: ["minor-update", "talk", "smoke"])
    func shipped(scenario: String) throws {
        let declaration = try Project(root: Checkout.root).scenario(scenario)
        #expect(declaration.value.scenario?.name == scenario)
        #expect(try !Project(root: Checkout.root).procedures().isEmpty)
    }

    @Test("a name that is not there is answered with those that are")
    func unknown() throws {
        do {
            _ = try Project(root: Checkout.root).scenario("minor-updat")
            Issue.record("there is no such scenario")
        } catch let error as RunError {
            #expect(error.code == .invalid)
            let known = "bugs/1-tooling, bugs/2-workflow, bugs/3-subtle, bugs/4-evil, heat, minor-update, smoke, talk"
            #expect(error.description.contains("known: \(known)"))
        }
    }

    @Test("a folder that is no project is refused")
    func elsewhere() {
        #expect(throws: RunError.self) { try Project(root: URL(fileURLWithPath: "/tmp")) }
    }
}
