import Foundation
import RehearsalAnalysis
import RehearsalHistory
import RehearsalReport
import RehearsalStore
import RehearsalTesting
import Testing

/// Runs as Rehearsal 0.1.0 stored them before events had types and samples had phases: `talk`, and `rolling-rewound`, which went back to a
/// checkpoint. Their reports are those of now. Most probes, and the packages that are alike on both sides, were taken out to make them small.
@Suite("stored runs of an earlier version")
struct StoredRunTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    /// A copy of a stored run: opening one may write beside it.
    private func copy(_ run: String, to directory: URL) throws -> RunStore {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let stored = Self.fixtures.appending(path: run).appending(path: RunStore.databaseName)
        try FileManager.default.copyItem(at: stored, to: directory.appending(path: RunStore.databaseName))
        return try RunStore.open(directory: directory, readOnly: true)
    }

    @Test("they open, and their reports come out byte for byte", arguments: ["talk", "rolling-rewound"])
    func reports(run: String) throws {
        let scratch = Scratch()
        let store = try copy(run, to: scratch.url.appending(path: run))
        let made = scratch.url.appending(path: "reports")
        let history = try ReportWriter.write(store: store, to: made)
        for folder in [""] + history.leftBranches.map({ ReportWriter.folder(ofBranch: $0.number) + "/" }) {
            for name in ReportWriter.fileNames {
                let text = String(decoding: try Data(contentsOf: made.appending(path: folder + name)), as: UTF8.self)
                try Snapshot("stored/\(run)/\(folder)\(name)").verify(text)
            }
        }
        try Snapshot("stored/\(run)/summary.txt").verify(TerminalSummary.render(history))
    }

    @Test("the run that went back has its branches", arguments: [("talk", 0), ("rolling-rewound", 1)])
    func branches(run: String, left: Int) throws {
        let scratch = Scratch()
        let store = try copy(run, to: scratch.url.appending(path: run))
        let state = RunState(plan: try store.steps(), journal: try store.events())
        #expect(state.branches.count == left + 1)
        #expect(state.end != nil && state.checkpoints.count == 3 && state.inFlight.isEmpty)
        #expect(state.spans.allSatisfy { $0.outcome == .ok || $0.outcome == .skipped })
    }

    @Test("events are written as they were read", arguments: ["talk", "rolling-rewound"])
    func events(run: String) throws {
        let scratch = Scratch()
        let store = try copy(run, to: scratch.url.appending(path: run))
        let events = try store.events()
        #expect(events.count > 100 && events.allSatisfy { $0.kind != nil })
        let again = try RunStore.create(directory: scratch.url.appending(path: "again"))
        for event in events { try again.append(event) }
        #expect(try again.events() == events)
    }
}
