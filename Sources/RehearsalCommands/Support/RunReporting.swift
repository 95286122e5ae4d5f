import ArgumentParser
import Foundation
import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
import RehearsalReport
import RehearsalRuns
import RehearsalStore

/// Writes a run's reports and shows its summary in the terminal.
struct RunReporting: RunReporter {
    /// Where the reports go; nil for the run's own directory.
    var directory: URL?

    /// Writes all reports and prints the summary.
    func report(_ analysis: RunAnalysis, of store: RunStore) throws {
        try ReportWriter.write(analysis, of: store, to: directory)
        Terminal.output(
            TerminalSummary.render(analysis, isColoured: Terminal.usesColour && Terminal.outputIsTerminal, width: Terminal.columns))
        let place = (directory ?? store.directory).path
        Terminal.output("\nReport:    \(place)/report.html\nRecording: asciinema play \(place)/demo.cast\nAll files: \(place)\n")
    }
}

extension Verdict? {
    /// Ends the command with the status of a verdict.
    ///
    /// A run that was left or stopped before its end has none: nothing is judged yet, so that a script must not take it for a pass.
    func exit() throws {
        let verdict = self ?? .unknown
        if verdict != .pass { throw ExitCode(verdict.exitStatus) }
    }
}
