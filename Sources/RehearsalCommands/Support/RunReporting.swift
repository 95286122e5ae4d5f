import RehearsalHistory
import ArgumentParser
import Foundation
import RehearsalAnalysis
import RehearsalChecks
import RehearsalReport
import RehearsalRuns
import RehearsalStore

/// Writes a run's reports and shows its summary in the terminal.
struct RunReporting: RunReporter {
    /// Where the reports go; nil for the run's own directory.
    var directory: URL?

    /// Rebuilds all reports from the store alone, prints the summary, and returns the verdict.
    func report(_ store: RunStore) throws -> Verdict {
        let analysis = try ReportWriter.write(store: store, to: directory)
        if !store.isReadOnly {
            try store.set(.verdict, to: analysis.verdict.rawValue)
            store.seal()
        }
        Terminal.output(
            TerminalSummary.render(analysis, isColoured: Terminal.usesColour && Terminal.outputIsTerminal, width: Terminal.columns))
        let place = (directory ?? store.directory).path
        Terminal.output("\nReport:    \(place)/report.html\nRecording: asciinema play \(place)/demo.cast\nAll files: \(place)\n")
        return analysis.verdict
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
