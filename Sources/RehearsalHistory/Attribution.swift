public import RehearsalModel

/// Says which steps of a run were in flight at an instant or in a span, and which of them can have caused an outage.
public struct Attribution: Sendable {
    /// For how many seconds after its end a step may still be the cause of an outage, if nothing else was in flight: an address that was
    /// moved is announced again, a server that was started is found by a check.
    public static let aftermathSeconds = 3.0

    private let spans: [StepSpan]
    private let children: [StepID: [Int]]
    private let ledger: FactLedger
    private let latent: Set<StepID>

    /// Prepares the steps of a run, and what machines noted meanwhile.
    ///
    /// - Parameter latent: Faults of which nothing is felt by itself; what the update does meanwhile is a cause before them.
    public init(spans: [StepSpan], ledger: FactLedger = .empty, latent: Set<StepID> = []) {
        self.spans = spans
        self.ledger = ledger
        self.latent = latent
        var children: [StepID: [Int]] = [:]
        for (index, span) in spans.enumerated() {
            if let parent = span.step.parent { children[parent, default: []].append(index) }
        }
        self.children = children
    }

    /// The deepest steps in flight at an instant, the one that started last first.
    public func steps(at time: Timestamp) -> [StepSpan] { steps(from: time, to: time) }

    /// The deepest steps in flight at some instant of a span, both ends included, the one that started last first.
    private func steps(from first: Timestamp, to last: Timestamp) -> [StepSpan] {
        spans.enumerated()
            .compactMap { index, span -> (Timestamp, Int)? in
                guard let attempt = span.attempts.last(where: { $0.overlaps(first, last) }), !hasChild(span, from: first, to: last)
                else { return nil }
                return (attempt.start, index)
            }
            .sorted { ($1.0, $0.1) < ($0.0, $1.1) }
            .map { spans[$0.1] }
    }

    /// Names the cause of an outage.
    ///
    /// What made its first attempt fail happened between the start of that attempt and ``Outage/faultBy``. The causes are the deepest
    /// steps in flight in that time that touch anything, the one that started last first; if there are none, the step that ended last
    /// within ``aftermathSeconds`` before. Behind the causes stand all further such steps that the outage lasted into, in order of their
    /// start. An outage in which no step touched anything has no cause among them.
    ///
    /// What was lost on the answer's way (``FactLedger``) is the evidence. Of several causes in flight, those on the machine of the loss
    /// that explains most come first, of these the steps in which it was lost, and before all a fault that was injected right before. A latent fault is behind all steps.
    ///
    /// - Parameter service: The service behind the outage's probe; nil if it is not known.
    public func attribute(_ outage: Outage, service: String? = nil) -> Outage {
        var outage = outage
        var causes = steps(from: outage.start, to: outage.faultBy).filter(\.canCauseOutage)
        if causes.isEmpty, let before = lastEnded(before: outage.start) { causes = [before] }
        let losses = ledger.causes(of: outage, service: service)
        outage.loss = losses.first
        outage.evidence = ledger.evidence(of: outage, causes: losses)
        if let loss = losses.first {
            // A step that began after what was lost was lost explains less than the one in which it was.
            causes = sorted(causes) { span in span.attempts.contains { $0.overlaps(loss.time, loss.time) } }
            if let place = loss.place { causes = sorted(causes) { $0.step.machine == place } }
        }
        causes = sorted(causes) { !latent.contains($0.step.id) }
        if let fault = fresh(causes, at: outage, place: losses.first?.place) {
            causes = [fault] + causes.filter { $0.step.id != fault.step.id }
        }
        let last = max(outage.end ?? outage.lastFailure, outage.faultBy)
        let known = Set(causes.map(\.step.id))
        let further =
            spans
            .filter { !known.contains($0.step.id) && $0.canCauseOutage && !hasStartedChild($0) }
            .compactMap { span -> (Timestamp, StepSpan)? in
                span.attempts.first { $0.overlaps(outage.start, last) }.map { ($0.start, span) }
            }
            .sorted { ($0.0, $0.1.step.position) < ($1.0, $1.1.step.position) }
        outage.steps = causes.map(\.step.id) + further.map(\.1.step.id)
        outage.cause = causes.first?.step.id
        outage.machine = causes.isEmpty ? losses.first?.place : causes.first?.step.machine
        return outage
    }

    /// Causes that fulfil a condition before those that do not; each kind stays in its order.
    private func sorted(_ causes: [StepSpan], first: (StepSpan) -> Bool) -> [StepSpan] {
        causes.filter(first) + causes.filter { !first($0) }
    }

    /// The fault among causes that was injected right before an outage, or while it began, unless what was lost was lost elsewhere: what
    /// is broken on purpose explains more than a step that went on meanwhile.
    private func fresh(_ causes: [StepSpan], at outage: Outage, place: String?) -> StepSpan? {
        causes.first { span in
            guard span.step.kind == .fault, !latent.contains(span.step.id), place == nil || span.step.machine == place,
                let start = span.attempts.last?.start
            else {
                return false
            }
            return start <= outage.faultBy && outage.start.seconds(since: start) <= FactLedger.leadSeconds
        }
    }

    private func lastEnded(before time: Timestamp) -> StepSpan? {
        spans
            .filter { $0.canCauseOutage && !hasStartedChild($0) }
            .compactMap { span -> (Timestamp, StepSpan)? in
                guard let end = span.attempts.compactMap(\.end).last(where: { $0 <= time }),
                    time.seconds(since: end) <= Self.aftermathSeconds
                else { return nil }
                return (end, span)
            }
            .max { ($0.0, $0.1.step.position) < ($1.0, $1.1.step.position) }?.1
    }

    private func hasChild(_ span: StepSpan, from first: Timestamp, to last: Timestamp) -> Bool {
        (children[span.step.id] ?? []).contains { index in spans[index].attempts.contains { $0.overlaps(first, last) } }
    }

    private func hasStartedChild(_ span: StepSpan) -> Bool {
        (children[span.step.id] ?? []).contains { !spans[$0].attempts.isEmpty }
    }
}

extension StepSpan {
    /// Whether the step touches anything that users could feel.
    var canCauseOutage: Bool {
        !step.kind.isHarmless && !(step.kind == .substep && SubstepName.harmless.contains(step.name))
    }
}
