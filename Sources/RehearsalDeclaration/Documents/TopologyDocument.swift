import RehearsalModel

/// A topology file as written: read, but not yet compared with roles and services.
///
/// A field is nil where the file is wrong, so that one problem does not hide the others.
public struct TopologyDocument: Sendable {
    struct NetworkEntry: Sendable {
        let name: Located<String>
        let cidr: Located<IPv4Network>?
        let mtu: Int
        let recorder: Located<IPv4Address>?
    }

    struct AddressEntry: Sendable {
        let name: Located<String>
        let network: Located<String>?
        let address: Located<IPv4Address>?
    }

    struct RouterEntry: Sendable {
        let cidr: Located<IPv4Network>?
        let gateway: Located<IPv4Address>?
        let floatingNetwork: Located<String>?
        let firstFloating: Located<IPv4Address>?
    }

    struct RoleEntry: Sendable {
        let name: Located<String>
        let count: Located<Int>?
        /// How many more there are, switched off.
        let spares: Located<Int>?
        let memoryMiB: Int?
        let vcpus: Int?
        let addresses: [(network: Located<String>, first: Located<IPv4Address>?)]
        let services: [Located<String>]?
    }

    let name: String?
    let networks: [NetworkEntry]
    let addresses: [AddressEntry]
    let router: RouterEntry?
    let roles: [RoleEntry]

    /// Reads a topology file.
    ///
    /// - Parameters:
    ///   - text: The text of the file.
    ///   - file: The name of the file in diagnostics.
    /// - Returns: The document, not yet compared with any other.
    /// - Throws: All problems of the file.
    public static func decode(text: String, file: String) throws(DiagnosticsError) -> TopologyDocument {
        try DiagnosticSink.collect { read(text: text, file: file, sink: $0) }.value
    }

    static func read(text: String, file: String, sink: DiagnosticSink) -> TopologyDocument? {
        guard
            let root = YAMLValue.document(text: text, file: file, sink: sink)?
                .record(required: ["topology", "networks", "roles"], optional: ["addresses", "router"])
        else { return nil }
        for key in ["networks", "roles"] {
            root[key]?.expectNotEmpty()
        }
        return TopologyDocument(
            name: root["topology"]?.identifier(.lowerCase)?.value,
            networks: root["networks"]?.namedEntries(.lowerCase).compactMap(NetworkEntry.init) ?? [],
            addresses: root["addresses"]?.namedEntries(.lowerCase).compactMap(AddressEntry.init) ?? [],
            router: root["router"].flatMap(RouterEntry.init),
            roles: root["roles"]?.namedEntries(.upperCase).compactMap(RoleEntry.init) ?? [])
    }
}

extension TopologyDocument.NetworkEntry {
    fileprivate init?(name: Located<String>, value: YAMLValue) {
        guard let record = value.record(required: ["cidr"], optional: ["mtu", "recorder"]) else { return nil }
        self.name = name
        cidr = record["cidr"]?.ipNetwork()
        mtu = record["mtu"]?.integer(in: 576...65521)?.value ?? 1500
        recorder = record["recorder"]?.ipAddress()
    }
}

extension TopologyDocument.AddressEntry {
    fileprivate init?(name: Located<String>, value: YAMLValue) {
        guard let record = value.record(required: ["network", "address"]) else { return nil }
        self.name = name
        network = record["network"]?.text()
        address = record["address"]?.ipAddress()
    }
}

extension TopologyDocument.RouterEntry {
    fileprivate init?(value: YAMLValue) {
        guard let record = value.record(required: ["cidr", "gateway", "floating"]) else { return nil }
        let floating = record["floating"]?.record(required: ["network", "first"])
        cidr = record["cidr"]?.ipNetwork()
        gateway = record["gateway"]?.ipAddress()
        floatingNetwork = floating?["network"]?.text()
        firstFloating = floating?["first"]?.ipAddress()
    }
}

extension TopologyDocument.RoleEntry {
    fileprivate init?(name: Located<String>, value: YAMLValue) {
        guard
            let record = value.record(
                required: ["count", "addresses"], optional: ["spares", "memory_mib", "vcpus", "services"])
        else { return nil }
        self.name = name
        count = record["count"]?.integer(in: 1...100)
        spares = record["spares"]?.integer(in: 0...100)
        memoryMiB = record["memory_mib"]?.memory()
        vcpus = record["vcpus"]?.vcpus()
        addresses = record["addresses"]?.entries()?.map { ($0.key, $0.value.ipAddress()) } ?? []
        services = record["services"]?.texts()
    }
}

extension YAMLValue {
    /// The entries whose keys follow the rules of names; the others are reported.
    fileprivate func namedEntries(_ style: Name.Style) -> [(name: Located<String>, value: YAMLValue)] {
        entries()?.compactMap { key, value in
            Name.check(key, style, path: path, sink: sink).map { (name: $0, value: value) }
        } ?? []
    }

    /// A size of memory, in MiB. A wrong one is reported and read as the smallest, so that it is not reported as missing too.
    func memory() -> Int {
        integer(in: 64...1_048_576)?.value ?? 64
    }

    /// A number of processors. A wrong one is reported and read as the smallest.
    func vcpus() -> Int {
        integer(in: 1...256)?.value ?? 1
    }
}
