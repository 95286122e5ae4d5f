public import RehearsalHistory
import RehearsalModel

/// Whether the services that run in a cluster, and the cluster itself, were never stopped on two machines at once.
public struct MembersCheck: Check {
    public let name = WellKnownCheck.members.title
    public let group = "machines"
    public let needs: Set<Evidence.Part> = [.journal, .facts]

    /// Makes the check.
    public init() {}

    /// Due where it was to be looked for, and something was updated.
    public func checks(in evidence: Evidence) -> [any Check] {
        evidence.looksFor.contains(.members) && evidence.update != nil ? [self] : []
    }

    public func judge(_ evidence: Evidence) -> Judgement {
        guard let update = evidence.update else { return .unknown("nothing was updated") }
        guard !evidence.facts.isEmpty else { return .unknown("what machines noted was not read") }
        let ledger = FactLedger(facts: evidence.facts, needs: evidence.serviceNeeds)
        let facts = ledger.facts.filter { fact in
            fact.source == .systemd && fact.time <= update.upperBound
                && fact.service.map { ledger.needs($0, WellKnownService.cluster) } == true
        }
        var away: [String: Set<String>] = [:]
        for fact in facts {
            if fact.change == .lost {
                away[fact.subject, default: []].insert(fact.machine)
            } else {
                away[fact.subject]?.remove(fact.machine)
            }
            guard let machines = away[fact.subject], machines.count > 1, update.contains(fact.time) else { continue }
            let others = machines.subtracting([fact.machine]).sorted().joined(separator: " and ")
            return .fail("\(fact.summary) while it was stopped on \(others), too")
        }
        return .pass("\(away.count) services")
    }
}
