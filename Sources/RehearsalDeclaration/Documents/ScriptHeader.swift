import RehearsalModel

/// The header of a script that the project calls by its name: comment lines `#: WORDS — MEANING`.
struct ScriptHeader {
    /// One line of it.
    struct Line {
        let words: [String]
        /// What stands behind the dash; empty if nothing does.
        let meaning: String
        let text: String
        let location: SourceLocation
    }

    /// The name of the file, without its extension; a wrong one is reported.
    let name: String
    let lines: [Line]

    init(text: String, file: String, sink: DiagnosticSink) {
        name = FilePath.stem(of: file)
        _ = Name.check(Located(name, at: SourceLocation(file: file)), .lowerCase, path: "the file's name", sink: sink)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().filter { $1.hasPrefix("#:") }
            .map { index, line in
                let halves = line.dropFirst(2).split(separator: "—", maxSplits: 1).map { Self.trimmed($0) }
                return Line(
                    words: (halves.first ?? "").split(whereSeparator: \.isWhitespace).map(String.init),
                    meaning: halves.count == 2 ? halves[1] : "", text: Self.trimmed(line),
                    location: SourceLocation(file: file, line: index + 1))
            }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var text = Substring(text).drop { $0.isWhitespace }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
