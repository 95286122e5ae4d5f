/// A probe before the template context is filled in.
public struct ProbeTemplate: Hashable, Codable, Sendable {
    /// The kinds of probes the recorder knows.
    public static let kinds = [
        "amqp", "arp", "http", "http-kept", "icmp", "keystone", "sql", "tcp", "tcp-kept",
    ]

    /// The name, unique among all services; a Mustache template.
    public let name: String
    /// The list in the template context ("router.floating") of which each element gets a probe of its own, if any.
    public let each: String?
    /// One of `kinds`.
    public let kind: String
    /// What is asked; a Mustache template.
    public let target: String
    /// The time between the starts of two attempts, in milliseconds.
    public let periodMilliseconds: Int
    /// The settings of its kind; the values are Mustache templates.
    public let settings: [String: String]

    /// Makes a probe.
    public init(
        name: String, each: String? = nil, kind: String, target: String, periodMilliseconds: Int,
        settings: [String: String] = [:]
    ) {
        self.name = name
        self.each = each
        self.kind = kind
        self.target = target
        self.periodMilliseconds = periodMilliseconds
        self.settings = settings
    }

    /// The contexts to fill the templates from, one for each probe to be made.
    ///
    /// Without `each` that is the context itself. With it there is one for each element of the list, whose own names
    /// come before those of the context; for no list there is none.
    public func contexts(in context: [String: ContextValue]) -> [[String: ContextValue]] {
        guard let each else { return [context] }
        var value: ContextValue? = .object(context)
        for name in each.split(separator: ".") {
            value = value?[String(name)]
        }
        guard case .list(let elements) = value else { return [] }
        return elements.compactMap { element in
            guard case .object(let names) = element else { return nil }
            return context.merging(names) { _, own in own }
        }
    }

    /// Whether a pattern from an expectation can mean this probe, whatever the template context fills in.
    func canMatch(_ pattern: Glob) -> Bool {
        guard name.contains("{{") else { return pattern.matches(name) }
        let anything = name.replacing(#/\{\{.*?\}\}+/#, with: "*")
        return Glob(anything).matches(pattern.pattern) || pattern.matches(anything)
    }
}
