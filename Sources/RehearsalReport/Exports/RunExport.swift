public import RehearsalAnalysis
public import RehearsalHistory

/// A form in which other tools read what a run recorded.
///
/// A new form is a file beside the others and a line in ``RunExports/all``.
public protocol RunExport: Sendable {
    /// The word for it on the command line.
    var name: String { get }
    /// What reads it, in a few words.
    var summary: String { get }

    /// Writes a run in this form, piece by piece, because samples can be many.
    ///
    /// - Parameter write: Takes the next piece of text.
    func export(_ analysis: RunAnalysis, samples source: any HistorySource, to write: (String) throws -> Void) throws
}

/// The forms there are.
public enum RunExports {
    /// All of them, in the order in which help shows them.
    public static let all: [any RunExport] = [SampleTable(), OpenMetricsExport(), TraceExport()]
}
