import Foundation
import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
import RehearsalModel
import RehearsalStore
import RehearsalTesting
import Testing

@testable import RehearsalReport

@Suite("reports of branches")
struct BranchReportTests {
    private func at(_ seconds: Double) -> Timestamp { SyntheticRun.start.advanced(bySeconds: seconds) }

    /// A run that was saved after a minute, failed with an outage of nine seconds, went back and ended well a quarter of an hour later.
    private func rewoundRun(_ directory: URL) throws -> RunStore {
        let store = try SyntheticRun(cut: 60).write(to: directory)
        func add(_ seconds: Double, _ payload: Event.Payload, text: String = "") throws -> Int64 {
            try store.append(Event(time: at(seconds), payload, step: "3", machine: "controller-1", text: text)).sequence
        }
        func record(_ range: Range<Double>, _ outcome: SampleOutcome) throws {
            try store.append(
                samples: stride(from: range.lowerBound, to: range.upperBound, by: 0.05).map {
                    Sample(probe: "haproxy-new", start: at($0), latencyNanoseconds: 1_000_000, outcome: outcome)
                })
        }
        let place = try add(
            61.5,
            .checkpointed(Event.Saving(pause: Event.Pause(start: at(60.5), end: at(61)), files: Event.SavedFiles(folder: "3"))))
        try record(60..<61, .ok)
        try record(61..<70, .refused)
        _ = try add(70, .stepEnded(.failed), text: "galera did not come back")
        _ = try add(71, .runEnded)
        _ = try add(1_000, .rewound(to: place))
        _ = try add(1_010, .recorderStarted)
        try record(1_010..<1_020, .ok)
        _ = try add(1_020, .stepEnded(.ok))
        _ = try add(1_020, .runEnded)
        return store
    }

    private func late(_ analysis: RunAnalysis) throws -> [Outage] {
        let probe = try #require(analysis.probes.first { $0.specification.name == "haproxy-new" })
        return try #require(probe.client(patience: 1)).outages.filter { $0.start > at(59) }
    }

    @Test("a run is reported by the branch it is on, and a branch that it left can be analysed with its own outages and verdict")
    func theBranchTakenIsReportedAndTheOtherIsKept() throws {
        let scratch = Scratch()
        let store = try rewoundRun(scratch.url.appendingPathComponent("run"))
        let taken = try RunAnalysis(store)
        #expect(try late(taken).isEmpty)
        #expect(taken.isFinished)
        #expect(abs(taken.durationSeconds - 71) < 0.2, "the time of the other branch is not part of it: \(taken.durationSeconds)")
        #expect(taken.span("3")?.outcome == .ok)
        #expect(taken.leftBranches.map(\.number) == [1])
        #expect(taken.leftBranches.first?.note.contains("galera did not come back") == true)

        let left = try RunAnalysis(store, branch: 1)
        #expect(try late(left).first.map { $0.loSeconds > 8 && $0.loSeconds < 9.1 } == true)
        #expect(left.span("3")?.outcome == .failed)
        #expect(left.verdict == .fail)
        #expect(left.leftBranches.isEmpty)
        #expect(throws: AnalysisError.self) { try RunAnalysis(store, branch: 3) }
    }

    @Test("each branch that a run left has its reports in a folder that the page links to; written again they are the same bytes")
    func reportsOfAllBranchesComeOutTheSame() throws {
        let scratch = Scratch()
        let store = try rewoundRun(scratch.url.appendingPathComponent("run"))
        let again = scratch.url.appendingPathComponent("again")
        try ReportWriter.write(store: store)
        try ReportWriter.write(store: store, to: again)
        for folder in ["", ReportWriter.folder(ofBranch: 1) + "/"] {
            for name in ReportWriter.fileNames {
                let first = try Data(contentsOf: store.directory.appendingPathComponent(folder + name))
                #expect(try first == Data(contentsOf: again.appendingPathComponent(folder + name)), "\(folder)\(name)")
            }
        }
        let page = try String(contentsOf: store.directory.appendingPathComponent("report.html"), encoding: .utf8)
        #expect(page.contains("branch-1/report.html") && page.contains("galera did not come back"))
        let analysis = try RunAnalysis(store)
        #expect(analysis.leftBranches.count == 1)
        #expect(RecorderSection().unknown(analysis).contains { $0.reason == "checkpoint" })
    }
}
