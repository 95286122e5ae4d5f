import RehearsalHistory
import RehearsalModel

/// Whether a run that was to change nothing changed no package.
public struct UnchangedCheck: Check {
    public let name = "no machine's packages changed"
    public let group = "versions"
    public let needs: Set<Evidence.Part> = [.packages]
    public let isJournalled = true

    /// Makes the check.
    public init() {}

    /// Due once a control run has ended.
    public func checks(in evidence: Evidence) -> [any Check] {
        evidence.isControl && evidence.hasEnded ? [self] : []
    }

    public func judge(_ evidence: Evidence) -> Judgement {
        let unread = evidence.machines.filter { $0.before.isEmpty || $0.after.isEmpty }.map(\.machine)
        guard unread.isEmpty else { return .unknown("the packages of \(unread.joined(separator: ", ")) were not listed twice") }
        let changed = evidence.machines.filter { $0.before.sorted() != $0.after.sorted() }.map(\.machine)
        guard changed.isEmpty else { return .fail("packages changed on \(changed.joined(separator: ", "))") }
        return .pass("the same on \(evidence.machines.count) machines")
    }
}
