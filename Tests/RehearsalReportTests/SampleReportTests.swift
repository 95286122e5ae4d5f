import Foundation
import RehearsalReport
import RehearsalStore
import Testing

@Suite("sample reports, to be looked at")
struct SampleReportTests {
    /// Writes the reports of a synthetic run to a directory named by the environment, to be looked at.
    @Test(
        "reports of a synthetic run are written to a directory named by the environment",
        .enabled(if: ProcessInfo.processInfo.environment["REHEARSAL_SAMPLE_REPORT"] != nil))
    func samples() throws {
        let directory = URL(fileURLWithPath: ProcessInfo.processInfo.environment["REHEARSAL_SAMPLE_REPORT"] ?? "")
        for strategy in ["rolling", "talk"] {
            let place = directory.appendingPathComponent(strategy)
            try? FileManager.default.removeItem(at: place)
            let store = try SyntheticRun(strategy: strategy).write(to: place)
            let history = try ReportWriter.write(store: store)
            store.seal()
            print(TerminalSummary.render(history, isColoured: false))
        }
    }
}
