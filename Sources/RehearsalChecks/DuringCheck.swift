import RehearsalHistory
import RehearsalModel

/// A check of what went on while machines were updated. It is due where it was to be looked for, and something was updated.
protocol DuringCheck: Check {
    /// What is looked for.
    static var looked: WellKnownCheck { get }

    /// Judges what went on.
    ///
    /// - Parameter update: The time from the first procedure to the end of the last.
    func judge(_ evidence: Evidence, during update: ClosedRange<Timestamp>) -> Judgement
}

extension DuringCheck {
    public var name: String { Self.looked.title }
    public var group: String { "machines" }
    public var needs: Set<Evidence.Part> { [.journal, .facts] }

    public func checks(in evidence: Evidence) -> [any Check] {
        evidence.looksFor.contains(Self.looked) && evidence.update != nil ? [self] : []
    }

    public func judge(_ evidence: Evidence) -> Judgement {
        guard let update = evidence.update else { return .unknown("nothing was updated") }
        guard !needs.contains(.facts) || !evidence.facts.isEmpty else { return .unknown("what machines noted was not read") }
        return judge(evidence, during: update)
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

extension [Fact] {
    /// The first fact, and where else the same kind of thing was noted; nil if there is none.
    var firstAndOthers: String? {
        guard let first else { return nil }
        let places = Set(map { "\($0.subject) on \($0.machine)" }).subtracting(["\(first.subject) on \(first.machine)"]).sorted()
        return first.summary + (places.isEmpty ? "" : "; also \(places.joined(separator: ", "))")
    }
}
