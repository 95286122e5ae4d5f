public import RehearsalHistory
public import RehearsalModel

/// What a run comes to in words, the same in every output.
extension RunAnalysis {
    /// The step that is the first cause; without one, the loss that explains most; else that there is none.
    public func causeText(_ outage: Outage) -> String {
        if let step = cause(of: outage)?.step { return "\(step.id) \(step.name)" }
        return outage.loss.map { "\($0.subject) \($0.text)" } ?? "nothing was being changed"
    }

    /// What machines noted that explains an outage, with the distance to its first failing attempt; empty without facts.
    public func evidenceText(_ outage: Outage) -> String {
        outage.evidence.map { fact in
            let distance = fact.time.seconds(since: outage.start)
            return "\(fact.summary) \(DurationText.seconds(abs(distance))) s \(distance < 0 ? "before" : "after")"
        }.joined(separator: "; ")
    }

    /// The answer in one sentence.
    public var answer: String {
        let patience = "\(DurationText.number(Patience.headline)) s patience"
        let clients = probes.compactMap { $0.client(patience: Patience.headline) }
        let worst = clients.compactMap(\.failed.outages.worst)
        let slow = clients.filter { !$0.slow.outages.isEmpty }.count
        let control = conditions.isControl ? "A control run: nothing was changed. " : ""
        let slowness = slow > 0 ? " Answers were slow on \(slow) of them for a while." : ""
        let recorded = probes.filter { $0.samples > 0 }.count
        guard recorded > 0 else { return "Nothing was recorded, so nobody can say what users felt." }
        guard let most = worst.worst else {
            return control + "No request failed: none of \(recorded) probes had a failed outage at \(patience)." + slowness
        }
        var text =
            (control.isEmpty ? "Users noticed: " : control) + "\(worst.count) of \(recorded) probes failed at \(patience). The longest was "
            + "\(most.probe) for \(DurationText.interval(most.loSeconds, most.hiSeconds))"
        if let cause = self.cause(of: most) { text += " while \(cause.step.id) \(cause.step.name) was in flight" }
        if let machine = most.machine { text += " on \(machine)" }
        let packages = self.packages(behind: most).shortList
        if !packages.isEmpty { text += " (\(packages))" }
        return text + "." + slowness
    }
}

extension [PackageChange] {
    /// The first names with their versions, for a line of text.
    public var shortList: String {
        let shown = prefix(2).map { "\($0.name) \($0.from ?? "none") → \($0.to ?? "none")" }
        return shown.joined(separator: ", ") + (count > 2 ? " and \(count - 2) more" : "")
    }
}
