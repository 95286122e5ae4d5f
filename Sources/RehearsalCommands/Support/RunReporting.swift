import ArgumentParser
import Foundation
import RehearsalAnalysis
import RehearsalChecks
import RehearsalDemo
import RehearsalHistory
import RehearsalReport
import RehearsalRuns
import RehearsalStore

/// Writes a run's reports and its recording, and shows its summary in the terminal.
struct RunReporting: RunReporter {
    /// Where the storyboards are; nil for no recording.
    var project: Project?
    /// Where the reports go; nil for the run's own directory.
    var directory: URL?

    /// Writes all reports and prints the summary.
    func report(_ analysis: RunAnalysis, of store: RunStore) throws {
        try ReportWriter.write(analysis, of: store, to: directory)
        Terminal.output(
            TerminalSummary.render(analysis, isColoured: Terminal.usesColour && Terminal.outputIsTerminal, width: Terminal.columns))
        let place = directory ?? store.directory
        Terminal.output("\nReport:    \(place.path)/report.html\n")
        if let project, !analysis.conditions.topology.isEmpty { record(analysis, of: store, by: project, to: place) }
        Terminal.output("All files: \(place.path)\n")
    }

    /// Tells the run as a recording. A run that its storyboard does not fit has none: what it came to is said already.
    private func record(_ analysis: RunAnalysis, of store: RunStore, by project: Project, to place: URL) {
        do {
            let demo = try Demo(analysis, facts: store.facts(), storyboard: try project.storyboard(of: analysis.conditions.scenario))
            try demo.write(Demo.Form.usual, to: place)
            Terminal.output("Recording: \(place.path)/demo.html, or asciinema play \(place.path)/demo.cast\n")
        } catch {
            Terminal.error("there is no recording: \(error)")
        }
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
