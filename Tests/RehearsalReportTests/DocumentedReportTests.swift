import Foundation
import RehearsalAnalysis
import RehearsalStore
import RehearsalTesting
import Testing

@testable import RehearsalReport

/// `report.json` as docs/run-directory.md shows it.
@Suite("documentation of report.json")
struct DocumentedReportTests {
    /// The keys at the top of the report, with those of all that is below them.
    private static let written: [String: Set<String>] = {
        let scratch = Scratch()
        var reports = try? [
            JSONRenderer.render(RunAnalysis(SyntheticRun(cut: 95, hasEvidence: true).write(to: scratch.url.appending(path: "run"))))
        ]
        // What a run with another branch, and one that ended, add.
        for name in ["stored/rolling-rewound/report.json", "stored/talk/report.json"] {
            if let report = try? Data(contentsOf: Snapshot(name).url) { reports?.append(report) }
        }
        return (reports ?? []).reduce(into: [:]) { written, data in
            let report = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
            for (key, value) in report ?? [:] {
                written[key, default: []].formUnion(key == "conditions" ? [] : MarkdownPage.keys(ofJSON: value))
            }
        }
    }()

    /// The same, as the page says.
    private func documented() throws -> [String: Set<String>] {
        let section = try #require(try MarkdownPage("docs/run-directory.md").section("## `report.json`"))
        return section.table("key").reduce(into: [:]) { documented, row in
            for key in MarkdownPage.keys(row[0]) { documented[key, default: []].formUnion(MarkdownPage.keys(row[1])) }
        }
    }

    @Test("the page shows every key that a report has")
    func allAreDocumented() throws {
        let documented = try documented()
        for (key, keys) in Self.written.sorted(by: { $0.key < $1.key }) {
            let missing = keys.subtracting(documented[key] ?? [])
            #expect(documented[key] != nil, "\(key)")
            #expect(missing == [], "below \(key)")
        }
    }

    @Test("reports have every key that the page shows")
    func allAreWritten() throws {
        for (key, keys) in try documented().sorted(by: { $0.key < $1.key }) {
            let unwritten = keys.subtracting(Self.written[key] ?? [])
            #expect(Self.written[key] != nil, "\(key)")
            #expect(unwritten == [], "below \(key)")
        }
    }

    @Test("a comparison has the keys that docs/cli-json.md shows, and no others")
    func comparison() throws {
        let scratch = Scratch()
        let analysis = try RunAnalysis(SyntheticRun(cut: 95).write(to: scratch.url.appending(path: "run")))
        let text = try RunComparison([analysis]).json()
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let row = try #require(try MarkdownPage("docs/cli-json.md").table("command").first { $0[0] == "`compare`" })
        #expect(MarkdownPage.keys(ofJSON: value) == MarkdownPage.keys(row[1]))
    }
}
