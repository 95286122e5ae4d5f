public import RehearsalHistory

/// The checks of a run, composed.
public struct CheckSuite: Sendable {
    /// All checks there are; a new one is added here.
    public static let standard = CheckSuite([
        StepsCheck(), FaultsCheck(), RecordingCheck(), OutageChecks(), BystandersCheck(), MembersCheck(), InFlightCheck(),
        StopsInTimeCheck(),
        VersionsCheck(), UnchangedCheck(),
    ])

    private let families: [any CheckFamily]

    /// Composes checks; their results are in this order.
    public init(_ families: [any CheckFamily]) {
        self.families = families
    }

    /// Judges a run by all checks that are due and whose needs are in the evidence.
    ///
    /// A verdict that the run journalled itself counts instead of the one of the same name: it was judged when what it was judged by was
    /// fresh, and a later branch of the run may have replaced that since. Journalled verdicts of other names are taken over.
    public func judge(_ evidence: Evidence) -> [CheckResult] {
        var results = due(in: evidence).map { $0.result(evidence) }
        for journalled in CheckSuite.journalled(evidence.events) {
            if let index = results.firstIndex(where: { $0.name == journalled.name }) {
                results[index] = journalled
            } else {
                results.append(journalled)
            }
        }
        return results
    }

    /// Judges a run that is about to end by the checks whose verdicts it journals.
    public func judgeAtEnd(_ evidence: Evidence) -> [CheckResult] {
        var evidence = evidence
        evidence.hasEnded = true
        return due(in: evidence).filter(\.isJournalled).map { $0.result(evidence) }
    }

    private func due(in evidence: Evidence) -> [any Check] {
        families.flatMap { $0.checks(in: evidence) }.filter { $0.needs.isSubset(of: evidence.parts) }
    }

    /// The worst of the judgements; unknown when there are none.
    public static func verdict(of results: [CheckResult]) -> Verdict {
        results.map(\.verdict).max() ?? .unknown
    }

    /// The verdicts that a journal holds, in the order in which they first came; the last word on each counts.
    static func journalled(_ events: [Event]) -> [CheckResult] {
        var order: [String] = []
        var results: [String: CheckResult] = [:]
        for event in events {
            guard let result = CheckResult(event) else { continue }
            if results[result.name] == nil { order.append(result.name) }
            results[result.name] = result
        }
        return order.compactMap { results[$0] }
    }
}
