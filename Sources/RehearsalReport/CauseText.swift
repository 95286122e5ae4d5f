import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// The cause of an outage in words, the same in every report.
extension RunAnalysis {
    /// The step that is the first cause; without one, the loss that explains most; else that there is none.
    func causeText(_ outage: Outage) -> String {
        if let step = cause(of: outage)?.step { return "\(step.id) \(step.name)" }
        return outage.loss.map { "\($0.subject) \($0.text)" } ?? "nothing was being changed"
    }

    /// What machines noted that explains an outage, with the distance to its first failing attempt; empty without facts.
    func evidenceText(_ outage: Outage) -> String {
        outage.evidence.map { fact in
            let distance = fact.time.seconds(since: outage.start)
            return "\(fact.summary) \(DurationText.seconds(abs(distance))) s \(distance < 0 ? "before" : "after")"
        }.joined(separator: "; ")
    }
}
