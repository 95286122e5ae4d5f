/// Something that is looked for on every machine; a script.
public struct MachineCheck: Hashable, Codable, Sendable {
    /// When it is looked for.
    public enum Moment: String, Hashable, Codable, Sendable, CaseIterable {
        /// Before anything is touched; what is found ends the run there.
        case before
        /// When everything was updated and is proven ready again.
        case after
    }

    /// The name, which is that of its file ("no-failed-units").
    public let name: String
    /// What holds if nothing is found, in one line.
    public let summary: String
    /// When it is looked for; in the order of time, each once.
    public let moments: [Moment]
    /// Whether what it prints has to be the same after the update as before it.
    public let compares: Bool

    /// Makes a check.
    public init(name: String, summary: String, moments: some Sequence<Moment>, compares: Bool = false) {
        self.name = name
        self.summary = summary
        let moments = Set(moments)
        self.moments = Moment.allCases.filter(moments.contains)
        self.compares = compares
    }

    /// Decodes a check; one that was stored before any of them compared does not.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try container.decode(String.self, forKey: .name), summary: try container.decode(String.self, forKey: .summary),
            moments: try container.decode([Moment].self, forKey: .moments),
            compares: try container.decodeIfPresent(Bool.self, forKey: .compares) ?? false)
    }

    /// What is judged, as reports name it: "before the update: no unit has failed".
    public func title(_ moment: Moment) -> String { "\(moment.rawValue) the update: \(summary)" }
}
