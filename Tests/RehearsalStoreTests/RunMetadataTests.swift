import Foundation
import RehearsalHistory
import RehearsalModel
import RehearsalStore
import RehearsalTesting
import Testing

@Suite("conditions of a run")
struct RunMetadataTests {
    private let full = RunMetadata(
        identifier: "r", scenario: "s", topology: "ha", strategy: "rolling", seed: 7, updateIdentifier: "u", accelerator: .tcg,
        acceleratorReason: "why", slowness: 11.25, version: "1", expectationsJSON: "[]", predictedSeconds: 12.5, planText: "plan",
        planJSON: "{}", testbed: "t", packageChangesJSON: "[]", checkpoints: .steps, isControl: true, verdict: .pass,
        conditions: ["host": "h"])

    /// The names in the first column of the table of the chapter on the conditions.
    private func documented() throws -> Set<String> {
        Set(try MarkdownPage("docs/run-directory.md").table("key").flatMap { MarkdownPage.words($0[0]) })
    }

    @Test("docs/run-directory.md names the facts that are written, and no others")
    func documentedKeys() throws {
        #expect(
            try documented()
                == Set(RunMetadata.Key.allCases.map(\.rawValue)).union(
                    [RunMetadata.conditionPrefix + "<name>", RunMetadata.clockOffsetPrefix + "<boot>"]))
    }

    @Test("every fact is written, and comes back")
    func roundTrip() {
        #expect(Set(full.values.keys) == Set(RunMetadata.Key.allCases.map(\.rawValue) + ["condition.host"]))
        #expect(RunMetadata(values: full.values) == full)
    }

    @Test("single facts can be set later")
    func later() throws {
        let scratch = Scratch()
        let store = try RunStore.create(directory: scratch.url.appending(path: "run"))
        try store.setConditions(full)
        try store.set(.verdict, to: "fail")
        try store.setCondition("warm_up_s", to: "6")
        var expected = full
        expected.verdict = .fail
        expected.conditions["warm_up_s"] = "6"
        #expect(try store.conditions() == expected)
    }
}
