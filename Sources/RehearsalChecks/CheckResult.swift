public import RehearsalHistory

/// One judged check.
public struct CheckResult: Codable, Hashable, Sendable {
    /// What was checked; the same in every run of a scenario.
    public var name: String
    /// The part of the run it belongs to: `outages`, `steps` or another word from the journal.
    public var group: String
    /// The judgement.
    public var verdict: Verdict
    /// Why, in one line.
    public var message: String
    /// Which part of its budget was used, at most: 1 is all of it. Nil for a check without a budget.
    public var used: Double?

    /// Makes a result.
    public init(name: String, group: String, verdict: Verdict, message: String, used: Double? = nil) {
        self.name = name
        self.group = group
        self.verdict = verdict
        self.message = message
        self.used = used
    }

    /// A verdict that the engine journalled; nil for another event.
    init?(_ event: Event) {
        guard case .verdict(let said) = event.payload else { return nil }
        self.init(name: said.check, group: said.group ?? "testbed", verdict: said.verdict, message: event.text)
    }

    /// What the engine journals of it, with the message as the event's text.
    public var payload: Event.Payload { .verdict(Event.CheckVerdict(check: name, group: group, verdict: verdict)) }
}
