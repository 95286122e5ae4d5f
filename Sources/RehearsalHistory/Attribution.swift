public import RehearsalModel

/// Says which steps of a run were in flight at an instant or in a span.
public struct Attribution: Sendable {
    private let spans: [StepSpan]
    private let children: [StepID: [Int]]

    /// Prepares the steps of a run.
    public init(spans: [StepSpan]) {
        self.spans = spans
        var children: [StepID: [Int]] = [:]
        for (index, span) in spans.enumerated() {
            if let parent = span.step.parent { children[parent, default: []].append(index) }
        }
        self.children = children
    }

    /// The deepest steps in flight at an instant, the one that started last first.
    public func steps(at time: Timestamp) -> [StepSpan] {
        spans.enumerated()
            .compactMap { index, span -> (Timestamp, Int)? in
                guard let attempt = span.attempts.last(where: { $0.contains(time) }), !hasChild(span, at: time)
                else { return nil }
                return (attempt.start, index)
            }
            .sorted { ($1.0, $0.1) < ($0.0, $1.1) }
            .map { spans[$0.1] }
    }

    /// Names the cause of an outage: the deepest steps in flight when its first failing sample started, the one that started
    /// last first, and then all further steps without parts of their own that it lasted into, in order of their start.
    public func attribute(_ outage: Outage) -> Outage {
        var outage = outage
        let causes = steps(at: outage.start)
        let last = outage.end ?? outage.lastFailure
        let known = Set(causes.map(\.step.id))
        let further =
            spans
            .filter { !known.contains($0.step.id) && !hasStartedChild($0) }
            .compactMap { span -> (Timestamp, StepSpan)? in
                span.attempts.first { $0.overlaps(outage.start, last) }.map { ($0.start, span) }
            }
            .sorted { ($0.0, $0.1.step.position) < ($1.0, $1.1.step.position) }
        outage.steps = causes.map(\.step.id) + further.map(\.1.step.id)
        outage.machine = (causes.first ?? further.first?.1)?.step.machine
        return outage
    }

    private func hasChild(_ span: StepSpan, at time: Timestamp) -> Bool {
        (children[span.step.id] ?? []).contains { index in spans[index].attempts.contains { $0.contains(time) } }
    }

    private func hasStartedChild(_ span: StepSpan) -> Bool {
        (children[span.step.id] ?? []).contains { !spans[$0].attempts.isEmpty }
    }
}
