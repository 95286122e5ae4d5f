/// A probe as a service's file declares it, with templates that are filled in for a topology.
///
/// A template that uses `{{machine…}}` gives one probe for each machine that runs the service.
public struct ProbeTemplate: Hashable, Codable, Sendable {
    /// The probe with its templates as they are written.
    public let written: ProbeSpecification

    /// Makes a template of a probe as it is written.
    public init(_ written: ProbeSpecification) {
        self.written = written
    }

    /// The name, unique among all services; a Mustache template.
    public var name: String { written.name }

    /// Whether a text is a template, so that it says nothing before it is rendered.
    public static func isTemplate(_ text: String) -> Bool { text.contains("{{") }

    /// Whether there is one probe for each machine that runs the service.
    ///
    /// This is so if the name, the target or a setting uses `{{machine…}}`.
    public var isPerMachine: Bool {
        ([name, written.target] + written.settings.values).contains(where: Self.speaksOfMachine)
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
        guard Self.isTemplate(name) else { return pattern.matches(name) }
        let anything = name.replacing(#/\{\{.*?\}\}+/#, with: "*")
        return Glob(anything).matches(pattern.pattern) || pattern.matches(anything)
    }
}
