import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// What the harness itself did to the testbed while it was recorded: in `report.json` alone, and none of it is ever a cause.
struct ActsSection: ReportSection {
    /// A span in which the harness did something.
    struct Act: Encodable {
        /// `proof`, `versions`, `quiet`, or the reason of excluded time: `checkpoint`, `settling`, `rewound`.
        var kind: String
        /// The beginning.
        var start: String
        /// The end; null if the journal holds none.
        @Nullable var end: String?
    }

    func json(_ analysis: RunAnalysis) -> [String: any Encodable] { ["acts": acts(analysis)] }

    private func acts(_ analysis: RunAnalysis) -> [Act] {
        let kinds: [StepKind: String] = [.proveReady: "proof", .recordVersions: "versions", .baseline: "quiet"]
        let steps = analysis.spans.flatMap { span in
            kinds[span.step.kind].map { kind in span.attempts.map { (kind: kind, start: $0.start, end: $0.end) } } ?? []
        }
        let excluded = analysis.course.excluded.map { (kind: $0.reason.rawValue, start: $0.start, end: Timestamp?.some($0.end)) }
        return (steps + excluded).sorted { ($0.start, $0.kind) < ($1.start, $1.kind) }
            .map { Act(kind: $0.kind, start: $0.start.iso8601, end: $0.end?.iso8601) }
    }
}
