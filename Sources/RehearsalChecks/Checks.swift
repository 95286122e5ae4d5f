public import RehearsalHistory

/// The judgements over a run's history.
public enum Checks {
    /// All that a run is judged by.
    public struct Evidence: Sendable {
        /// The budgets of the scenario.
        public var expectations: [OutageBudget]
        /// The names of the run's probes.
        public var probes: [String]
        /// The folded samples, for each probe and each patience that an expectation names.
        public var folded: [FoldedProbe]
        /// What became of each step.
        public var spans: [StepSpan]
        /// The journal.
        public var events: [Event]

        /// Gathers the evidence.
        public init(
            expectations: [OutageBudget], probes: [String], folded: [FoldedProbe], spans: [StepSpan], events: [Event]
        ) {
            self.expectations = expectations
            self.probes = probes
            self.folded = folded
            self.spans = spans
            self.events = events
        }
    }

    /// Judges a run; the results are in a fixed order.
    public static func judge(_ evidence: Evidence) -> [CheckResult] {
        [judgeSteps(evidence)] + judgeOutages(evidence) + judgedInRun(evidence.events)
    }

    /// The worst of the judgements; unknown when there are none.
    public static func verdict(of results: [CheckResult]) -> Verdict {
        results.map(\.verdict).max() ?? .unknown
    }

    // MARK: - Outages

    /// Judges the budgets: a fail needs a least length over the budget, a pass needs a greatest length within it.
    static func judgeOutages(_ evidence: Evidence) -> [CheckResult] {
        var results: [CheckResult] = []
        for expectation in evidence.expectations {
            let probes = evidence.probes.filter { NamePattern.matches($0, expectation.probe) }
            if probes.isEmpty {
                results.append(
                    CheckResult(
                        name: "\(expectation.probe) is recorded", group: "outages", verdict: .unknown,
                        message: "no probe of the run matches \(expectation.probe)"))
            }
            for probe in probes {
                let folded = evidence.folded.first {
                    $0.probe == probe && $0.patienceSeconds == expectation.patienceSeconds
                }
                let client = "at \(text(expectation.patienceSeconds)) s patience"
                if let budget = expectation.longestOutageSeconds {
                    let longest = folded.map { longestOutage($0) }
                    results.append(
                        judge(
                            "\(probe): longest outage at most \(text(budget)) s \(client)", budget: budget,
                            range: longest, folded: folded))
                }
                if let budget = expectation.totalOutageSeconds {
                    results.append(
                        judge(
                            "\(probe): outages together at most \(text(budget)) s \(client)", budget: budget,
                            range: folded.map { ($0.totalLoSeconds, $0.possibleTotalSeconds) }, folded: folded))
                }
            }
        }
        return results
    }

    private static func longestOutage(_ folded: FoldedProbe) -> (Double, Double) {
        (
            folded.outages.map(\.loSeconds).max() ?? 0,
            max(folded.outages.map(\.hiSeconds).max() ?? 0, folded.longestUnseenSeconds)
        )
    }

    private static func judge(
        _ name: String, budget: Double, range: (lo: Double, hi: Double)?, folded: FoldedProbe?
    ) -> CheckResult {
        guard let range, let folded, folded.up + folded.down > 0 else {
            return CheckResult(
                name: name, group: "outages", verdict: .unknown, message: "the recorder has no samples that it can vouch for")
        }
        let interval = "[\(text(range.lo)), \(text(range.hi))] s"
        if range.lo > budget {
            return CheckResult(name: name, group: "outages", verdict: .fail, message: "\(interval) is over \(text(budget)) s")
        }
        if range.hi <= budget {
            return CheckResult(name: name, group: "outages", verdict: .pass, message: "\(interval)")
        }
        let why =
            folded.unknown.isEmpty
            ? "the samples are too far apart to tell"
            : "\(text(folded.unknownSeconds)) s are unknown"
        return CheckResult(
            name: name, group: "outages", verdict: .unknown, message: "\(interval) may be over \(text(budget)) s: \(why)")
    }

    // MARK: - Steps

    static func judgeSteps(_ evidence: Evidence) -> CheckResult {
        let name = "every step ended well"
        let failed = evidence.spans.filter(\.outcome.isFailure)
        if let first = failed.first(where: { span in
            // The deepest failed step is the one to name.
            !failed.contains { $0.step.parent == span.step.id }
        }) {
            let note = first.note.isEmpty ? "" : ": \(first.note)"
            let place = first.step.machine.map { " on \($0)" } ?? ""
            return CheckResult(
                name: name, group: "steps", verdict: .fail,
                message: "step \(first.step.id) \(first.step.name)\(place) \(first.outcome)\(note)")
        }
        guard evidence.events.contains(where: { $0.kind == .runEnded }) else {
            return CheckResult(name: name, group: "steps", verdict: .unknown, message: "the run did not end")
        }
        if let open = evidence.spans.last(where: { [.unfinished, .notStarted].contains($0.outcome) }) {
            return CheckResult(
                name: name, group: "steps", verdict: .unknown,
                message: "step \(open.step.id) \(open.step.name) is \(open.outcome)")
        }
        if evidence.spans.isEmpty {
            return CheckResult(name: name, group: "steps", verdict: .unknown, message: "the run has no steps")
        }
        return CheckResult(name: name, group: "steps", verdict: .pass, message: "\(evidence.spans.count) steps")
    }

    // MARK: - Judged in the run

    /// Takes over what the engine judged against the testbed, such as the versions on the machines; the last word counts.
    static func judgedInRun(_ events: [Event]) -> [CheckResult] {
        var order: [String] = []
        var results: [String: CheckResult] = [:]
        for event in events {
            guard case .verdict(let judgement) = event.payload else { continue }
            if results[judgement.check] == nil { order.append(judgement.check) }
            results[judgement.check] = CheckResult(
                name: judgement.check, group: judgement.group ?? "testbed", verdict: judgement.verdict, message: event.text)
        }
        return order.compactMap { results[$0] }
    }

    /// A number of seconds for people: at most three digits after the point, none that are not needed.
    static func text(_ seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 1e15 else { return "\(seconds)" }
        let milliseconds = Int64((seconds * 1_000).rounded())
        let (whole, rest) = abs(milliseconds).quotientAndRemainder(dividingBy: 1_000)
        var digits = String(rest + 1_000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return (milliseconds < 0 ? "-" : "") + "\(whole)" + (digits.isEmpty ? "" : ".\(digits)")
    }
}
