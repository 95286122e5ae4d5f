public import RehearsalHistory
public import RehearsalModel

/// Whether the services that run in a cluster, and the cluster itself, were never stopped on two machines at once.
public struct MembersCheck: DuringCheck {
    static let looked = WellKnownCheck.members

    /// Makes the check.
    public init() {}

    func judge(_ evidence: Evidence, during update: ClosedRange<Timestamp>) -> Judgement {
        let ledger = FactLedger(facts: evidence.facts, needs: evidence.serviceNeeds)
        let facts = ledger.facts.filter { fact in
            fact.source == .systemd && fact.change != .overdue && fact.time <= update.upperBound
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
