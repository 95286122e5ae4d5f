import PlainJSON
import RehearsalModel

/// A probe as a service's file declares it, and the places of its parts.
struct ProbeEntry: Sendable {
    let template: ProbeTemplate
    /// What the probe is called in messages ("probes[0]").
    let path: String
    let location: SourceLocation
    /// The places of those parts that the file has.
    let locations: [ProbeProblem.Part: SourceLocation]

    var name: Located<String> { Located(template.name, at: locations[.name] ?? location) }

    /// The text of a part as it is written; `nil` for a part that is no text.
    func text(of part: ProbeProblem.Part) -> String? {
        switch part {
        case .name: template.name
        case .target: template.written.target
        case .setting(let name): template.written.settings[name]
        case .kind, .period, .settings: nil
        }
    }

    /// Whether a part says nothing before its template is rendered.
    func isTemplate(_ part: ProbeProblem.Part) -> Bool { text(of: part).map(ProbeTemplate.isTemplate) ?? false }

    /// Reports a problem at the place of its part.
    ///
    /// - Parameter origin: Where the text comes from that is wrong; `nil` if it is in the file as it is.
    func report(_ problem: ProbeProblem, origin: String? = nil, sink: DiagnosticSink) {
        let message = problem.message + (origin.map { ", rendered from \($0)" } ?? "")
        report(problem.part, message, hint: hint(for: problem), sink: sink)
    }

    /// Reports something that is wrong with a part, at its place.
    func report(_ part: ProbeProblem.Part, _ message: String, hint: String, sink: DiagnosticSink) {
        sink.error("\(path)\(key(of: part)): \(message)", at: locations[part] ?? location, hint: hint)
    }

    /// The probe with the texts that its templates give; `nil` if one of them cannot be read, which is reported.
    ///
    /// - Parameters:
    ///   - file: The file of the entry, for messages.
    ///   - owner: Who declares the secrets that the templates may name, for messages.
    func rendered(context: [String: JSONValue], file: String, whose owner: String, sink: DiagnosticSink) -> ProbeSpecification? {
        var isReadable = true
        for part in locations.keys {
            let text = text(of: part) ?? ""
            if let secret = TemplateContext.unknownSecret(in: text, context: context) {
                isReadable = false
                report(
                    part, "\(owner) declares no secret \"\(secret)\"", hint: TemplateContext.secretHint(secret, context: context),
                    sink: sink)
            }
            do {
                _ = try TemplateRenderer.render(text, context: context, file: file)
            } catch {
                isReadable = false
                report(part, "the template cannot be read: \(error.reason)", hint: error.hint, sink: sink)
            }
        }
        return isReadable ? try? ProbeBuilder.render(template, context: context, file: file) : nil
    }

    private func key(of part: ProbeProblem.Part) -> String {
        switch part {
        case .name: ".name"
        case .kind: ".kind"
        case .target: ".target"
        case .period: ".period_ms"
        case .settings: ".settings"
        case .setting(let name): ".settings.\(name)"
        }
    }

    private func hint(for problem: ProbeProblem) -> String {
        switch problem.part {
        case .kind: Suggestion.hint(for: template.written.kind, among: problem.known, kind: "kinds")
        case .setting(let name) where !problem.known.isEmpty: Suggestion.hint(for: name, among: problem.known, kind: "settings")
        default: problem.hint
        }
    }
}

extension YAMLValue {
    /// A probe of a service's file. Whatever is wrong with the parts that are no templates is reported.
    func probe(kinds: [ProbeKind]) -> ProbeEntry? {
        guard let record = record(required: ["name", "kind", "target", "period_ms"], optional: ["settings"]) else { return nil }
        let name = record["name"]?.text()
        let kind = record["kind"]?.text()
        let target = record["target"]?.text()
        let period = record["period_ms"]?.integer(in: ProbeSpecification.periods)
        var locations: [ProbeProblem.Part: SourceLocation] = [:]
        locations[.name] = name?.location
        locations[.kind] = kind?.location
        locations[.target] = target?.location
        locations[.settings] = record["settings"]?.location
        var settings: [String: String] = [:]
        var isWhole = true
        for (key, value) in record["settings"]?.entries() ?? [] {
            let text = value.scalarText()
            settings[key.value] = text?.value ?? Self.unread
            let isKnown = kinds.first { $0.name == kind?.value }?.setting(named: key.value) != nil
            locations[.setting(key.value)] = isKnown ? value.location : key.location
            isWhole = isWhole && text != nil
        }
        let entry = ProbeEntry(
            template: ProbeTemplate(
                ProbeSpecification(
                    name: name?.value ?? Self.unread, kind: kind?.value ?? "", target: target?.value ?? Self.unread,
                    periodMilliseconds: period?.value ?? ProbeSpecification.periods.lowerBound, settings: settings)),
            path: path, location: location, locations: locations)
        if kind != nil {
            for problem in entry.template.written.problems(kinds: kinds) where !problem.known.isEmpty || !entry.isTemplate(problem.part) {
                entry.report(problem, sink: sink)
            }
        }
        guard name != nil, kind != nil, target != nil, period != nil, isWhole else { return nil }
        if entry.template.isAmbiguous {
            entry.report(
                .name, "the probes of all machines would be called \"\(entry.template.name)\"", hint: "put {{machine.name}} into it",
                sink: sink)
        }
        return entry
    }

    /// Stands for a text that could not be read, which is reported already. Like a template it says nothing yet.
    private static var unread: String { "{{}}" }
}
