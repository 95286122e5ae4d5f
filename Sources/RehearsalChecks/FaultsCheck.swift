import RehearsalHistory
import RehearsalModel

/// Whether everything that the plan wanted broken was broken when it was due, and was healed.
///
/// It never fails: a fault that did not come, or could not be healed, is no fault of the update, but leaves open what the run shows.
public struct FaultsCheck: Check {
    public let name = "every fault came and was healed"
    public let group = "faults"
    public let needs: Set<Evidence.Part> = [.journal]

    /// Makes the check.
    public init() {}

    /// Due where the plan has faults.
    public func checks(in evidence: Evidence) -> [any Check] {
        faults(evidence).isEmpty ? [] : [self]
    }

    public func judge(_ evidence: Evidence) -> Judgement {
        let faults = faults(evidence)
        if let span = faults.first(where: \.outcome.isFailure) {
            return .unknown("\(text(span)): \(span.note.isEmpty ? span.outcome.description : span.note)")
        }
        if let span = faults.first(where: { $0.outcome == .notStarted }) { return .unknown("\(text(span)) never came") }
        if let span = faults.first(where: { $0.outcome == .unfinished }) { return .unknown("\(text(span)) was not healed") }
        return .pass(faults.count == 1 ? "1 fault" : "\(faults.count) faults")
    }

    private func faults(_ evidence: Evidence) -> [StepSpan] { evidence.spans.filter { $0.step.kind == .fault } }

    private func text(_ span: StepSpan) -> String { "\(span.step.id) \(span.step.name)" + (span.step.machine.map { " on \($0)" } ?? "") }
}
