import Foundation
import RehearsalAnalysis
import RehearsalReport
import RehearsalStore
import Testing

@Suite("sample reports")
struct SampleReportTests {
    /// Writes the reports of a synthetic run to a directory named by the environment, to be looked at.
    @Test(
        "the reports of a synthetic run of each strategy can be written to a directory",
        .enabled(if: ProcessInfo.processInfo.environment["REHEARSAL_SAMPLE_REPORT"] != nil))
    func writeSampleReport() throws {
        let directory = URL(fileURLWithPath: ProcessInfo.processInfo.environment["REHEARSAL_SAMPLE_REPORT"] ?? "")
        for strategy in ["rolling", "talk"] {
            let place = directory.appendingPathComponent(strategy)
            try? FileManager.default.removeItem(at: place)
            let store = try SyntheticRun(strategy: strategy).write(to: place)
            let clock = ContinuousClock()
            var analysis: RunAnalysis?
            print("report took", try clock.measure { analysis = try ReportWriter.write(store: store) })
            store.seal()
            print(TerminalSummary.render(try #require(analysis), isColoured: false))
        }
    }
}
