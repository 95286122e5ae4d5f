public import RehearsalHistory
public import RehearsalModel

/// Whether services stopped only on machines that were being updated.
public struct BystandersCheck: DuringCheck {
    static let looked = WellKnownCheck.bystanders

    /// For how many seconds after its last step something that stops on a machine may be that step's doing.
    static let aftermathSeconds = 10.0

    /// Makes the check.
    public init() {}

    func judge(_ evidence: Evidence, during update: ClosedRange<Timestamp>) -> Judgement {
        let stopped = evidence.facts.filter { $0.source == .systemd && $0.change == .lost && update.contains($0.time) }
        // A unit that is told to stop is noted again when it has.
        let elsewhere = stopped.filter { !isTouched($0, evidence.spans) }
        return elsewhere.firstAndOthers.map(Judgement.fail)
            ?? .pass("\(Set(stopped.map(\.subject)).count) services stopped where they were to")
    }

    private func isTouched(_ fact: Fact, _ spans: [StepSpan]) -> Bool {
        spans.contains { span in
            guard span.step.machine == fact.machine, [.procedure, .fault].contains(span.step.kind) else { return false }
            return span.attempts.contains { attempt in
                attempt.start <= fact.time.advanced(bySeconds: FactLedger.clockSeconds)
                    && attempt.end.map { fact.time <= $0.advanced(bySeconds: Self.aftermathSeconds) } ?? true
            }
        }
    }
}
