public import RehearsalHistory
import RehearsalModel

/// Whether services stopped only on machines that were being updated.
public struct BystandersCheck: Check {
    public let name = WellKnownCheck.bystanders.title
    public let group = "machines"
    public let needs: Set<Evidence.Part> = [.journal, .facts]

    /// For how many seconds after its last step something that stops on a machine may be that step's doing.
    static let aftermathSeconds = 10.0

    /// Makes the check.
    public init() {}

    /// Due where it was to be looked for, and something was updated.
    public func checks(in evidence: Evidence) -> [any Check] {
        evidence.looksFor.contains(.bystanders) && evidence.update != nil ? [self] : []
    }

    public func judge(_ evidence: Evidence) -> Judgement {
        guard let update = evidence.update else { return .unknown("nothing was updated") }
        guard !evidence.facts.isEmpty else { return .unknown("what machines noted was not read") }
        let stopped = evidence.facts.filter { $0.source == .systemd && $0.change == .lost && update.contains($0.time) }
        // A unit that is told to stop is noted again when it has.
        let elsewhere = stopped.filter { !isTouched($0, evidence.spans) }
        guard let first = elsewhere.first else { return .pass("\(Set(stopped.map(\.subject)).count) services stopped where they were to") }
        let places = Set(elsewhere.map { "\($0.subject) on \($0.machine)" }).subtracting(["\(first.subject) on \(first.machine)"]).sorted()
        return .fail(first.summary + (places.isEmpty ? "" : "; also \(places.joined(separator: ", "))"))
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

extension Evidence {
    /// The time from the first procedure to the end of the last; nil if none began.
    var update: ClosedRange<Timestamp>? {
        let attempts = spans.filter { $0.step.kind == .procedure }.flatMap(\.attempts)
        guard let start = attempts.map(\.start).min() else { return nil }
        return start...max(start, attempts.compactMap(\.end).max() ?? start)
    }
}
