public import RehearsalModel

/// A service file as written.
public struct ServiceDocument: Sendable {
    /// The name of the folder: what others know the service by, even if the file says otherwise.
    let name: Located<String>
    let needs: [Located<String>]
    /// The names of the passwords and keys that it needs.
    let secrets: [String]
    let probes: [ProbeEntry]
    /// The name of the file, for messages.
    let file: String
    let description: String
    let packages: [String]
    let updatePackages: [Glob]
    /// Whether the file could be read at all; if not, nothing can be said of what it leaves out.
    let isReadable: Bool

    /// Reads a service file, which lies in the folder of its service ("Images/services/keystone/service.yaml").
    ///
    /// - Parameter probeKinds: The kinds of probes there are.
    /// - Throws: All problems of the file.
    public static func decode(text: String, file: String, probeKinds: [ProbeKind]) throws(DiagnosticsError) -> ServiceDocument {
        try DiagnosticSink.collect { read(text: text, file: file, probeKinds: probeKinds, sink: $0) }.value
    }

    static func read(text: String, file: String, probeKinds: [ProbeKind], sink: DiagnosticSink) -> ServiceDocument {
        let folder = FilePath.folder(of: file)
        let record = YAMLValue.document(text: text, file: file, sink: sink)?
            .record(
                required: ["service", "description"], optional: ["packages", "needs", "secrets", "update", "probes"])
        let name = record?["service"]?.identifier(.lowerCase)
        if let name, name.value != folder {
            sink.error(
                "service: the folder of service \(name.value) is named \(folder)", at: name.location,
                hint: "rename the folder to \(name.value) or the service to \(folder)")
        }
        return ServiceDocument(
            name: Located(folder, at: name?.location ?? SourceLocation(file: file)),
            needs: record?["needs"]?.texts() ?? [],
            secrets: record?["secrets"]?.identifiers(.variable).map(\.value) ?? [],
            probes: record?["probes"]?.list()?.compactMap { $0.probe(kinds: probeKinds) } ?? [],
            file: file,
            description: record?["description"]?.text()?.value ?? "",
            packages: record?["packages"]?.texts()?.map(\.value) ?? [],
            updatePackages: record?["update"]?.record(required: ["packages"])?["packages"]?.texts()?
                .map { Glob($0.value) } ?? [],
            isReadable: record != nil)
    }
}
