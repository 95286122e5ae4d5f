import PlainJSON
public import RehearsalModel

/// A file of probes that stands for itself: what is recorded without a testbed, and the budgets it is judged by.
public struct ProbesDocument: Sendable {
    /// The probes, with their secrets filled in.
    public let probes: [ProbeSpecification]
    /// The budgets; empty if there are none.
    public let expectations: [Expectation]

    /// Reads a file of probes.
    ///
    /// A secret that the file names is the value of the environment variable of that name in capitals.
    ///
    /// - Parameters:
    ///   - kinds: The kinds of probes there are.
    ///   - environment: The environment variables.
    /// - Throws: All problems of the file.
    public static func decode(
        text: String, file: String, kinds: [ProbeKind], environment: [String: String]
    ) throws(DiagnosticsError) -> Loaded<ProbesDocument> {
        try DiagnosticSink.collect { sink in
            YAMLValue.document(text: text, file: file, sink: sink)?
                .record(required: ["probes"], optional: ["secrets", "expectations"])
                .map { read($0, file: file, kinds: kinds, environment: environment, sink: sink) }
        }
    }

    private static func read(
        _ record: YAMLRecord, file: String, kinds: [ProbeKind], environment: [String: String], sink: DiagnosticSink
    ) -> ProbesDocument {
        var secrets: [String: JSONValue] = [:]
        for name in record["secrets"]?.identifiers(.variable) ?? [] {
            let variable = name.value.uppercased()
            if environment[variable, default: ""].isEmpty {
                sink.error("secrets: the environment has no variable \(variable)", at: name.location, hint: "export it before you record")
            }
            secrets[name.value] = .string(environment[variable] ?? "stand-in")
        }
        let entries = record["probes"]?.list().map { list in
            if list.isEmpty { record["probes"]?.error("expected at least one probe, found none") }
            return list.compactMap { $0.probe(kinds: kinds) }
        }
        var names: [String: ProbeEntry] = [:]
        var probes: [ProbeSpecification] = []
        for entry in entries ?? [] {
            let rendered = entry.rendered(context: ["secret": .object(secrets)], file: file, whose: "the file", sink: sink)
            guard let probe = rendered, checkScope(of: entry, probe, kinds: kinds, sink: sink) else { continue }
            for problem in probe.problems(kinds: kinds) where entry.isTemplate(problem.part) && problem.known.isEmpty {
                entry.report(problem, origin: entry.text(of: problem.part).map { "\"\($0)\"" }, sink: sink)
            }
            if let other = names.updateValue(entry, forKey: probe.name) {
                entry.report(
                    .name, "probe \"\(probe.name)\" is declared twice, first at \(other.name.location)", hint: "rename one of them",
                    sink: sink)
            }
            probes.append(probe)
        }
        let expectations = record["expectations"]?.list()?.compactMap { $0.expectation() } ?? []
        let known = (entries ?? []).map(\.template.name)
        for wanted in expectations.map(\.probe) where entries != nil && !known.contains(where: { Glob(wanted.value).matches($0) }) {
            sink.error(
                "expectations: the file has no probe \"\(wanted.value)\"", at: wanted.location,
                hint: Suggestion.hint(for: wanted.value, among: known, kind: "probes"))
        }
        return ProbesDocument(probes: probes, expectations: expectations.compactMap(\.expectation))
    }

    /// Whether an entry can be understood without a topology; reports what cannot.
    private static func checkScope(
        of entry: ProbeEntry, _ probe: ProbeSpecification, kinds: [ProbeKind], sink: DiagnosticSink
    ) -> Bool {
        let errors = sink.errorCount
        for part in entry.locations.keys {
            let text = entry.text(of: part) ?? ""
            for name in text.matches(of: #/\{\{[{&#^]?\s*([A-Za-z0-9_.-]+)/#).map(\.output.1) where !name.hasPrefix("secret.") {
                entry.report(
                    part, "there is no \"\(name)\" without a topology", hint: "write the value; only {{{secret.NAME}}} can be used here",
                    sink: sink)
            }
        }
        for setting in kinds.first(where: { $0.name == probe.kind })?.settings ?? [] where probe.settings[setting.name] != nil {
            guard let bridge = setting.bridgeSetting else { continue }
            entry.report(
                .setting(setting.name), "there is no topology whose network this could be", hint: "give \(bridge) instead", sink: sink)
        }
        return sink.errorCount == errors
    }
}
