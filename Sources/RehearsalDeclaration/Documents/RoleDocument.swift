/// A role file as written.
public struct RoleDocument: Sendable {
    /// The name of the file. Topologies name the role by it, even if the file's text has another name.
    let name: Located<String>
    let services: [Located<String>]
    let memoryMiB: Int?
    let vcpus: Int?
    /// Whether the file could be parsed. If it could not, nothing is reported as missing from it.
    let isReadable: Bool

    /// Reads a role file, which is named after its role ("Images/roles/Controller.yaml").
    ///
    /// - Throws: All problems of the file.
    public static func decode(text: String, file: String) throws(DiagnosticsError) -> RoleDocument {
        try DiagnosticSink.collect { read(text: text, file: file, sink: $0) }.value
    }

    static func read(text: String, file: String, sink: DiagnosticSink) -> RoleDocument {
        let stem = FilePath.stem(of: file)
        let record = YAMLValue.document(text: text, file: file, sink: sink)?
            .record(required: ["role", "services"], optional: ["memory_mib", "vcpus"])
        let name = record?["role"]?.identifier(.upperCase)
        if let name, name.value != stem {
            sink.error(
                "role: the file of role \(name.value) is named \(stem)", at: name.location,
                hint: "rename the file to \(name.value).yaml or the role to \(stem)")
        }
        return RoleDocument(
            name: Located(stem, at: name?.location ?? SourceLocation(file: file)),
            services: record?["services"]?.texts() ?? [],
            memoryMiB: record?["memory_mib"]?.memory(),
            vcpus: record?["vcpus"]?.vcpus(),
            isReadable: record != nil)
    }
}
