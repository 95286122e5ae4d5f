import RehearsalPlanner
import Testing

@Suite("procedure headers")
struct ProcedureSummaryTests {
    @Test("sub-steps are read in their order, whatever the dash")
    func parse() throws {
        let summary = try ProcedureSummary.parse(
            name: "drain",
            text: """
                #!/bin/bash
                # Takes a machine out of HAProxy.
                #: step check — looks
                #: step drain-backends -- drains
                #:   step   update-<service>
                step check true
                """)
        #expect(summary == ProcedureSummary(name: "drain", substeps: ["check", "drain-backends", "update-<service>"]))
    }

    @Test("a procedure without sub-steps has none")
    func none() throws {
        #expect(try ProcedureSummary.parse(name: "nothing", text: "# step not-this\ntrue\n").substeps == [])
    }

    @Test(
        "a header that cannot be read is an error with its line",
        arguments: [
            ("\n#: step", "line 2: no sub-step is named"), ("#: stop a — b", "line 1: no sub-step is named"),
            ("#: step — b", "line 1: no sub-step is named"),
            ("#: step a — b\n#: step a — c", "line 2: sub-step a is named twice"),
        ])
    func bad(_ text: String, _ message: String) throws {
        let error = try #require(throws: PlanError.self) { try ProcedureSummary.parse(name: "p", text: text) }
        #expect(error.code == .badProcedure)
        #expect(error.message.hasSuffix(message))
    }
}
