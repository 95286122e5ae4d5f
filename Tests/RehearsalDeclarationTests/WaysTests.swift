import RehearsalDeclaration
import RehearsalModel
import Testing

@Suite("a scenario that is run in several ways")
struct WaysTests {
    private func scenario(_ ways: String, way: String?) throws(DiagnosticsError) -> Scenario? {
        let files = Fixture.files.map {
            $0.name == Fixture.scenario.name ? SourceFile(name: $0.name, text: $0.text + "\n" + ways) : $0
        }
        return try Fixture.decode(files, way: way).value.scenario
    }

    private static let ways = """
        checks: [no-failed-units]
        ways:
          as-it-was: {checks: [], leave_out: [end-keepalived]}
          caught: {strategy: talk, seed: 9}
          fixed: {}
        """

    @Test("a way says what is different, and the scenario all the rest")
    func ways() throws {
        let asItWas = try #require(try scenario(Self.ways, way: "as-it-was"))
        #expect(asItWas.name == "minor-update:as-it-was" && asItWas.strategy == "rolling" && asItWas.seed == 7)
        #expect(asItWas.checks == [] && asItWas.leftOut == ["end-keepalived"] && asItWas.looksFor == [])
        let caught = try #require(try scenario(Self.ways, way: "caught"))
        #expect(caught.strategy == "talk" && caught.seed == 9 && caught.leftOut == [])
        #expect(caught.checks.map(\.name) == ["no-failed-units"])
        #expect(try #require(try scenario(Self.ways, way: "fixed")).expectations.count == 2)
    }

    @Test("a check that is waived is not looked for, whether it is a script or not, and has to be one")
    func waived() throws {
        let scenario = try #require(try scenario("waive: [no-failed-units, members]\n", way: nil))
        #expect(!scenario.checks.contains { $0.name == "no-failed-units" })
        #expect(scenario.looksFor == WellKnownCheck.allCases.filter { $0 != .members })
        let text = problem { () throws(DiagnosticsError) in try self.scenario("waive: [membres]\n", way: nil) }
        #expect(text.contains("minor-update.yaml:11:9: error: waive: there is no check \"membres\""), "\(text)")
    }

    @Test("one of the ways has to be named, and only one that is there")
    func naming() throws {
        #expect(
            problem { () throws(DiagnosticsError) in try scenario(Self.ways, way: nil) }.contains(
                "several ways to run this scenario: as-it-was, caught, fixed"))
        #expect(problem { () throws(DiagnosticsError) in try scenario(Self.ways, way: "fixt") }.contains("there is no way \"fixt\""))
        #expect(
            problem { () throws(DiagnosticsError) in try scenario("", way: "fixed") }.contains(
                "minor-update.yaml:1:1: error: there is no way \"fixed\""))
    }

    @Test("what is wrong in a way is found whichever is run, with its place")
    func mistakes() throws {
        let text = problem { () throws(DiagnosticsError) in
            try scenario("ways:\n  one: {}\n  two: {sead: 1, topology: ha}\n  three: {seed: many}\n", way: "one")
        }
        #expect(text.contains("minor-update.yaml:13:9: error:") && text.contains("\"sead\""))
        #expect(text.contains("\"topology\"") && text.contains("minor-update.yaml:14:17"), "\(text)")
    }

    @Test("a sub-step that is left out has to be one")
    func leftOut() throws {
        let text = problem { () throws(DiagnosticsError) in try scenario("leave_out: [stop-cluster, stop-clustre]\n", way: nil) }
        #expect(text.contains("minor-update.yaml:11:27: error: leave_out: no procedure has a sub-step \"stop-clustre\""), "\(text)")
    }

    private func problem(_ work: () throws(DiagnosticsError) -> Scenario?) -> String {
        do {
            _ = try work()
            return ""
        } catch { return "\(error)" }
    }
}
