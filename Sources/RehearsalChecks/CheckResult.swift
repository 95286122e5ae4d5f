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
}
