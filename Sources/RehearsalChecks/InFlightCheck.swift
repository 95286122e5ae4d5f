public import RehearsalHistory
public import RehearsalModel

/// Whether no two machines were updated at the same time.
public struct InFlightCheck: DuringCheck {
    static let looked = WellKnownCheck.inFlight
    public let needs: Set<Evidence.Part> = [.journal]

    /// Makes the check.
    public init() {}

    func judge(_ evidence: Evidence, during update: ClosedRange<Timestamp>) -> Judgement {
        let attempts = evidence.spans.filter { $0.step.kind == .procedure }.flatMap { span in
            span.attempts.compactMap { attempt in
                span.step.machine.map { (machine: $0, start: attempt.start, end: attempt.end ?? update.upperBound, step: span.step) }
            }
        }.sorted { $0.start < $1.start }
        for (index, attempt) in attempts.enumerated() {
            guard let other = attempts[..<index].first(where: { $0.machine != attempt.machine && $0.end > attempt.start }) else { continue }
            return .fail(
                "step \(attempt.step.id) began on \(attempt.machine) while step \(other.step.id) went on on \(other.machine)")
        }
        return .pass("\(Set(attempts.map(\.machine)).count) machines")
    }
}
