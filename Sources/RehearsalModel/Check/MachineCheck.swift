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

    /// Makes a check.
    public init(name: String, summary: String, moments: some Sequence<Moment>) {
        self.name = name
        self.summary = summary
        let moments = Set(moments)
        self.moments = Moment.allCases.filter(moments.contains)
    }

    /// What is judged, as reports name it: "before the update: no unit has failed".
    public func title(_ moment: Moment) -> String { "\(moment.rawValue) the update: \(summary)" }
}
