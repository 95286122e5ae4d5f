public import RehearsalAnalysis

/// The end of a run on a terminal: the verdict, what users felt and why.
public enum TerminalSummary {
    /// Renders the summary; every line ends with a line feed.
    ///
    /// - Parameters:
    ///   - analysis: The run.
    ///   - isColoured: Whether to write ANSI colours.
    ///   - width: The columns of the terminal.
    public static func render(_ analysis: RunAnalysis, isColoured: Bool = false, width: Int = 100) -> String {
        let terminal = TextTerminal(style: TerminalStyle(isColoured: isColoured), width: width)
        let parts = ReportSections.withBanner.map { $0.text(analysis, terminal) }.filter { !$0.isEmpty }
        return parts.joined(separator: [""]).map { $0 + "\n" }.joined()
    }
}
