public import RehearsalHistory
public import RehearsalModel

/// Whether every service stopped within the time that Pacemaker and systemd give it.
public struct StopsInTimeCheck: DuringCheck {
    static let looked = WellKnownCheck.stopsInTime

    /// Makes the check.
    public init() {}

    func judge(_ evidence: Evidence, during update: ClosedRange<Timestamp>) -> Judgement {
        let late = evidence.facts.filter { $0.change == .overdue && update.contains($0.time) }
        return late.firstAndOthers.map(Judgement.fail) ?? .pass("none was given up")
    }
}
