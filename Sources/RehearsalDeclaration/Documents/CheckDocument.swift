public import RehearsalModel

/// The file of a check of machines: a script with a header.
///
/// ```
/// #: check — no unit has failed
/// #: when before after
/// ```
/// The first line is required; without the second the check is done before and after the update. With `#: same` the script prints how
/// something is, and that has to be the same after the update as before it.
public struct CheckDocument: Sendable {
    /// The check; nil if the file does not say what it is.
    public let check: MachineCheck?

    /// Reads a file that is named after the check.
    ///
    /// - Throws: All problems of the header.
    public static func decode(text: String, file: String) throws(DiagnosticsError) -> CheckDocument {
        try DiagnosticSink.collect { read(text: text, file: file, sink: $0) }.value
    }

    static func read(text: String, file: String, sink: DiagnosticSink) -> CheckDocument {
        let header = ScriptHeader(text: text, file: file, sink: sink)
        var summary: String?
        var moments = Set(MachineCheck.Moment.allCases)
        var compares = false
        for line in header.lines {
            let said = line.words.dropFirst().compactMap(MachineCheck.Moment.init)
            switch line.words.first {
            case "check" where line.words.count == 1 && !line.meaning.isEmpty: summary = line.meaning
            case "same" where line.words.count == 1: compares = true
            case "when" where !said.isEmpty && said.count == line.words.count - 1: moments = Set(said)
            default:
                sink.error(
                    "\"\(line.text)\" is not a line of a check's header", at: line.location,
                    hint: "write \"#: check — WHAT HOLDS\", \"#: when before after\", or \"#: same\"")
            }
        }
        if compares, moments.count < MachineCheck.Moment.allCases.count {
            sink.error(
                "the check compares after with before, and is not done at both", at: SourceLocation(file: file),
                hint: "take out the line with \"when\"")
        }
        guard let summary else {
            sink.error("the check does not say what it is", at: SourceLocation(file: file), hint: "add \"#: check — WHAT HOLDS\"")
            return CheckDocument(check: nil)
        }
        return CheckDocument(check: MachineCheck(name: header.name, summary: summary, moments: moments, compares: compares))
    }
}
