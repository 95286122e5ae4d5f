import RehearsalHistory
import RehearsalModel

/// Whether every step of the plan was done and none failed.
public struct StepsCheck: Check {
    public let name = "every step ended well"
    public let group = "steps"
    public let needs: Set<Evidence.Part> = [.journal]

    /// Makes the check.
    public init() {}

    /// Due where there is a plan: a recording without a testbed has none.
    public func checks(in evidence: Evidence) -> [any Check] {
        evidence.isRecording ? [] : [self]
    }

    public func judge(_ evidence: Evidence) -> Judgement {
        // Faults stand beside the steps, and have a check of their own.
        let spans = evidence.spans.filter { $0.step.kind != .fault }
        let failed = spans.filter(\.outcome.isFailure)
        // The deepest failed step is the one to name. It says itself in which of its sub-steps it failed, and why.
        let named = failed.filter { span in
            span.step.kind != .substep || !failed.contains { $0.step.id == span.step.parent }
        }
        if let first = named.first(where: { span in !named.contains { $0.step.parent == span.step.id } }) {
            let note = first.note.isEmpty ? "" : ": \(first.note)"
            let place = first.step.machine.map { " on \($0)" } ?? ""
            return .fail("step \(first.step.id) \(first.step.name)\(place) \(first.outcome)\(note)")
        }
        guard evidence.hasEnded else { return .unknown("the run did not end") }
        if let open = spans.last(where: { [.unfinished, .notStarted].contains($0.outcome) }) {
            let end = evidence.events.last { $0.kind == .runEnded }?.text ?? ""
            let isUntouched = spans.allSatisfy { $0.outcome == .notStarted }
            return .unknown(isUntouched && !end.isEmpty ? end : "step \(open.step.id) \(open.step.name) is \(open.outcome)")
        }
        if spans.isEmpty { return .unknown("the run has no steps") }
        return .pass("\(spans.count) steps")
    }
}
