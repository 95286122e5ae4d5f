public import RehearsalModel

/// The file of a kind of fault: a script with a header.
///
/// The header is comment lines that begin with `#:`
/// ```
/// #: fault — all processes of a service are killed
/// #: argument service — whose processes they are
/// #: argument mebibytes=64 — what is left
/// #: where guest
/// #: latent
/// ```
/// The first is required. `where testbed` has the script run beside the machines; `guest` is the standard.
/// Of a latent fault nothing is felt by itself: it shows in what the update does next.
public struct FaultDocument: Sendable {
    /// The kind; nil if the file does not say what it does.
    public let kind: FaultKind?

    /// Reads a file that is named after the kind.
    ///
    /// - Throws: All problems of the header.
    public static func decode(text: String, file: String) throws(DiagnosticsError) -> FaultDocument {
        try DiagnosticSink.collect { read(text: text, file: file, sink: $0) }.value
    }

    static func read(text: String, file: String, sink: DiagnosticSink) -> FaultDocument {
        let header = ScriptHeader(text: text, file: file, sink: sink)
        var summary: String?
        var place = FaultKind.Place.guest
        var arguments: [FaultKind.Argument] = []
        var isLatent = false
        for line in header.lines {
            switch (line.words.first, line.words.count) {
            case ("fault", 1) where !line.meaning.isEmpty:
                summary = line.meaning
            case ("argument", 2) where !line.meaning.isEmpty:
                let parts = line.words[1].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let name = Name.check(Located(parts[0], at: line.location), .variable, path: "argument", sink: sink)
                guard name != nil else { continue }
                if Fault.keys.contains(parts[0]) || arguments.contains(where: { $0.name == parts[0] }) {
                    sink.error("argument: \"\(parts[0])\" is taken", at: line.location, hint: "give it another name")
                    continue
                }
                arguments.append(FaultKind.Argument(name: parts[0], standard: parts.count == 2 ? parts[1] : nil, summary: line.meaning))
            case ("latent", 1): isLatent = true
            case ("where", 2) where FaultKind.Place(rawValue: line.words[1]) != nil && line.words[1] != FaultKind.Place.hypervisor.rawValue:
                place = FaultKind.Place(rawValue: line.words[1]) ?? .guest
            default:
                sink.error(
                    "\"\(line.text)\" is not a line of a fault's header", at: line.location,
                    hint:
                        "write \"#: fault — WHAT IT DOES\", \"#: argument NAME[=STANDARD] — WHAT IT MEANS\", \"#: where guest|testbed\", or \"#: latent\""
                )
            }
        }
        guard let summary else {
            sink.error("the fault does not say what it does", at: SourceLocation(file: file), hint: "add \"#: fault — WHAT IT DOES\"")
            return FaultDocument(kind: nil)
        }
        return FaultDocument(kind: FaultKind(name: header.name, summary: summary, place: place, arguments: arguments, isLatent: isLatent))
    }
}

extension Fault {
    /// The keys that every fault of a scenario has; none of them can name an argument.
    static let keys = ["fault", "on", "at", "for"]
}
