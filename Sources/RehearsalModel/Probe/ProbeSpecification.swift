/// What the recorder asks, of whom and how often.
public struct ProbeSpecification: Codable, Hashable, Sendable {
    /// The name of the probe, unique in a run.
    public var name: String
    /// The name of its kind.
    public var kind: String
    /// The address, URL or the like that is asked; its form depends on the kind.
    public var target: String
    /// The time from the start of one attempt to the start of the next, in milliseconds.
    public var periodMilliseconds: Int
    /// The service whose file declares it; nil for a probe that stands for itself.
    public var service: String?
    /// Further settings, by name; they may hold secrets and are never printed.
    public var settings: [String: String]

    /// Makes a probe.
    public init(
        name: String, kind: String, target: String, periodMilliseconds: Int, service: String? = nil, settings: [String: String] = [:]
    ) {
        self.name = name
        self.kind = kind
        self.target = target
        self.periodMilliseconds = periodMilliseconds
        self.service = service
        self.settings = settings
    }
}
