/// A probe as a service's file declares it, with templates that are filled in for a topology.
///
/// A template that uses `{{machine…}}` gives one probe for each machine that runs the service.
public struct ProbeTemplate: Hashable, Codable, Sendable {
    /// The kinds of probes the recorder knows.
    public static let kinds = [
        "amqp", "arp", "http", "http-kept", "icmp", "keystone", "sql", "tcp", "tcp-kept",
    ]

    /// The name, unique among all services; a Mustache template.
    public let name: String
    /// One of `kinds`.
    public let kind: String
    /// The address, URL or the like that is asked; a Mustache template.
    public let target: String
    /// The time between the starts of two attempts, in milliseconds.
    public let periodMilliseconds: Int
    /// The settings of its kind; the values are Mustache templates.
    public let settings: [String: String]

    /// Makes a probe.
    public init(
        name: String, kind: String, target: String, periodMilliseconds: Int,
        settings: [String: String] = [:]
    ) {
        self.name = name
        self.kind = kind
        self.target = target
        self.periodMilliseconds = periodMilliseconds
        self.settings = settings
    }

    /// Whether there is one probe for each machine that runs the service.
    ///
    /// This is so if the name, the target or a setting uses `{{machine…}}`.
    public var isPerMachine: Bool {
        ([name, target] + settings.values).contains(where: Self.speaksOfMachine)
    }

    /// Whether the probes of all machines would have the same name.
    public var isAmbiguous: Bool {
        isPerMachine && !Self.speaksOfMachine(name)
    }

    private static func speaksOfMachine(_ text: String) -> Bool {
        text.contains(#/\{\{[{&#^]?\s*machine(?!\w)/#)
    }

    /// Whether a pattern from an expectation can mean this probe, whatever the template context fills in.
    public func canMatch(_ pattern: Glob) -> Bool {
        guard name.contains("{{") else { return pattern.matches(name) }
        let anything = name.replacing(#/\{\{.*?\}\}+/#, with: "*")
        return Glob(anything).matches(pattern.pattern) || pattern.matches(anything)
    }
}
