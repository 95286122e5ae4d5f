import RehearsalModel

/// A service file as written.
public struct ServiceDocument: Sendable {
    /// The name of the folder: what others know the service by, even if the file says otherwise.
    let name: Located<String>
    let needs: [Located<String>]
    let probes: [Located<ProbeTemplate>]
    let description: String
    let packages: [String]
    let updatePackages: [Glob]
    /// Whether the file could be read at all; if not, nothing can be said of what it leaves out.
    let isReadable: Bool

    /// Reads a service file, which lies in the folder of its service ("Images/services/keystone/service.yaml").
    ///
    /// - Throws: All problems of the file.
    public static func decode(text: String, file: String) throws(DiagnosticsError) -> ServiceDocument {
        try DiagnosticSink.collect { read(text: text, file: file, sink: $0) }.value
    }

    static func read(text: String, file: String, sink: DiagnosticSink) -> ServiceDocument {
        let folder = FilePath.folder(of: file)
        let record = YAMLValue.document(text: text, file: file, sink: sink)?
            .record(
                required: ["service", "description"], optional: ["packages", "needs", "update", "probes"])
        let name = record?["service"]?.identifier(.lowerCase)
        if let name, name.value != folder {
            sink.error(
                "service: the folder of service \(name.value) is named \(folder)", at: name.location,
                hint: "rename the folder to \(name.value) or the service to \(folder)")
        }
        return ServiceDocument(
            name: Located(folder, at: name?.location ?? SourceLocation(file: file)),
            needs: record?["needs"]?.texts() ?? [],
            probes: record?["probes"]?.list()?.compactMap { $0.probe() } ?? [],
            description: record?["description"]?.text()?.value ?? "",
            packages: record?["packages"]?.texts()?.map(\.value) ?? [],
            updatePackages: record?["update"]?.record(required: ["packages"])?["packages"]?.texts()?
                .map { Glob($0.value) } ?? [],
            isReadable: record != nil)
    }
}

extension YAMLValue {
    fileprivate func probe() -> Located<ProbeTemplate>? {
        guard
            let record = record(
                required: ["name", "kind", "target", "period_ms"], optional: ["settings"])
        else { return nil }
        let name = record["name"]?.text()
        let kind = record["kind"]?.text()
        let target = record["target"]?.text()
        let period = record["period_ms"]?.integer(in: 10...600_000)
        var settings: [String: String] = [:]
        for (key, value) in record["settings"]?.entries() ?? [] {
            settings[key.value] = value.scalarText()?.value
        }
        if let kind, !ProbeTemplate.kinds.contains(kind.value) {
            sink.error(
                "\(path).kind: unknown probe kind \"\(kind.value)\"", at: kind.location,
                hint: Suggestion.hint(for: kind.value, among: ProbeTemplate.kinds, kind: "kinds"))
        }
        guard let name, let kind, let target, let period else { return nil }
        let probe = ProbeTemplate(
            name: name.value, kind: kind.value, target: target.value, periodMilliseconds: period.value,
            settings: settings)
        if probe.isAmbiguous {
            sink.error(
                "\(path).name: the probes of all machines would be called \"\(name.value)\"", at: name.location,
                hint: "put {{machine.name}} into it")
        }
        return Located(probe, at: name.location)
    }
}
