import Foundation
import RehearsalChecks
import RehearsalHistory
import RehearsalReport
import RehearsalStore

/// Writes a run's reports and shows its summary.
enum RunReporting {
    /// Rebuilds all reports from the store alone, prints the summary, and returns the verdict.
    static func finish(_ store: RunStore, to directory: URL? = nil) throws -> Verdict {
        let history = try ReportWriter.write(store: store, to: directory)
        if !store.isReadOnly {
            try store.set(.verdict, to: history.verdict.rawValue)
            store.seal()
        }
        Terminal.output(
            TerminalSummary.render(history, isColoured: Terminal.usesColour && Terminal.outputIsTerminal, width: Terminal.columns))
        let place = (directory ?? store.directory).path
        Terminal.output("\nReport:    \(place)/report.html\nRecording: asciinema play \(place)/demo.cast\nAll files: \(place)\n")
        return history.verdict
    }
}
