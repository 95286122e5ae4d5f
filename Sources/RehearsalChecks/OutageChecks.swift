import RehearsalHistory
import RehearsalModel

/// Whether outages stayed within the budgets of the scenario: a check for each budget, probe and limit.
public struct OutageChecks: CheckFamily {
    /// Makes the family.
    public init() {}

    public func checks(in evidence: Evidence) -> [any Check] {
        evidence.expectations.flatMap { budget -> [any Check] in
            let probes = evidence.probes.filter { budget.probe.matches($0) }
            if probes.isEmpty { return [RecordedCheck(pattern: budget.probe.pattern)] }
            return probes.flatMap { probe in
                let patience = budget.patienceSeconds
                let checks: [(any Check)?] = [
                    budget.longestOutageSeconds.map {
                        OutageCheck(probe: probe, patienceSeconds: patience, measure: .longest, budgetSeconds: $0)
                    },
                    budget.totalOutageSeconds.map {
                        OutageCheck(probe: probe, patienceSeconds: patience, measure: .total, budgetSeconds: $0)
                    },
                    budget.slowestSeconds.map { SlowestCheck(probe: probe, patienceSeconds: patience, budgetSeconds: $0) },
                ]
                return checks.compactMap { $0 }
            }
        }
    }
}

/// Stands for a budget that no probe of the run is measured by.
struct RecordedCheck: Check {
    /// The pattern that fits no probe.
    let pattern: String

    var name: String { "\(pattern) is recorded" }
    var group: String { "outages" }
    var needs: Set<Evidence.Part> { [] }

    func judge(_ evidence: Evidence) -> Judgement { .unknown("no probe of the run matches \(pattern)") }
}

/// Whether what a client felt of one probe's target stayed within a limit: a fail needs a least length over it, a pass needs a greatest
/// length within it.
struct OutageCheck: Check {
    /// What is limited.
    enum Measure: String {
        case longest = "longest outage"
        case total = "outages together"
    }

    let probe: String
    let patienceSeconds: Double
    let measure: Measure
    let budgetSeconds: Double

    var name: String {
        "\(probe): \(measure.rawValue) at most \(DurationText.number(budgetSeconds)) s at \(DurationText.number(patienceSeconds)) s patience"
    }
    var group: String { "outages" }
    var needs: Set<Evidence.Part> { [.samples] }

    func judge(_ evidence: Evidence) -> Judgement {
        guard let folded = evidence.client(of: probe, patience: patienceSeconds)?.failed, folded.isKnown else { return .noSamples }
        if let obstacle = evidence.obstacle(
            of: probe, patience: patienceSeconds, broken: { range($0.failed).hi > budgetSeconds && !$0.failed.outages.isEmpty })
        {
            return obstacle
        }
        let (lo, hi) = range(folded)
        let interval = "[\(DurationText.number(lo)), \(DurationText.number(hi))] s"
        let budget = "\(DurationText.number(budgetSeconds)) s"
        if lo > budgetSeconds { return .fail("\(interval) is over \(budget)") }
        if hi <= budgetSeconds { return .pass(interval, used: budgetSeconds > 0 ? hi / budgetSeconds : 1) }
        let why =
            folded.undecidedSeconds == 0
            ? "the samples are too far apart to tell" : "\(DurationText.number(folded.undecidedSeconds)) s are unknown"
        return .unknown("\(interval) may be over \(budget): \(why)")
    }

    private func range(_ folded: FoldedProbe) -> (lo: Double, hi: Double) {
        switch measure {
        case .longest:
            (
                folded.outages.map(\.loSeconds).max() ?? 0,
                max(folded.outages.map(\.hiSeconds).max() ?? 0, folded.longestUnseenSeconds, folded.longestStepSeconds)
            )
        case .total: (folded.totalLoSeconds, folded.possibleTotalSeconds)
        }
    }
}

/// Whether every right answer of one probe's target came soon enough. Attempts that failed are the concern of ``OutageCheck``.
struct SlowestCheck: Check {
    let probe: String
    let patienceSeconds: Double
    let budgetSeconds: Double

    var name: String { "\(probe): slowest answer at most \(DurationText.number(budgetSeconds)) s" }
    var group: String { "slowness" }
    var needs: Set<Evidence.Part> { [.samples] }

    func judge(_ evidence: Evidence) -> Judgement {
        guard let client = evidence.client(of: probe, patience: patienceSeconds), let slowest = client.slowestSeconds,
            let own = client.slowestOwnSeconds
        else {
            return .noSamples
        }
        let isSlowByItself = { (quiet: FeltByClient) in (quiet.slowestSeconds ?? 0) > budgetSeconds }
        if let obstacle = evidence.obstacle(of: probe, patience: patienceSeconds, broken: isSlowByItself) { return obstacle }
        let text = "\(DurationText.number(DurationText.rounded(slowest))) s"
        if own > budgetSeconds { return .fail("\(text) is over \(DurationText.number(budgetSeconds)) s") }
        if slowest <= budgetSeconds { return .pass(text, used: slowest / budgetSeconds) }
        return .unknown(
            "\(text) is over \(DurationText.number(budgetSeconds)) s, but the host may have added up to "
                + "\(DurationText.number(DurationText.rounded(slowest - own))) s")
    }
}

extension Judgement {
    fileprivate static let noSamples = Judgement.unknown("the recorder has no samples that it can vouch for")
}
