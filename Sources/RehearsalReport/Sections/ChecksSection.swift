import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
import RehearsalModel

/// What was judged.
struct ChecksSection: ReportSection {
    private static let template = """
        <section>
        <h2>Checks</h2>
        <table><thead><tr><th>Verdict</th><th>Check</th><th>Finding</th></tr></thead><tbody>
        {{#checks}}<tr><td><span class="pill {{verdict}}">{{verdict}}</span></td><td>{{name}}</td><td>{{message}}</td></tr>
        {{/checks}}
        </tbody></table>
        </section>

        """

    func html(_ page: HTMLPage) throws -> String {
        try page.fill(
            Self.template,
            [
                "checks": page.analysis.checks.map {
                    ["name": $0.name.printable, "verdict": $0.verdict.rawValue, "message": $0.message.printable]
                }
            ])
    }

    /// The budget that was kept with the least headroom, in words; nil if none was kept.
    static func closest(_ analysis: RunAnalysis) -> String? {
        let kept = analysis.checks.compactMap { check in check.used.map { (check, $0) } }
        guard let (check, used) = kept.max(by: { $0.1 < $1.1 }) else { return nil }
        return "closest: \(check.name), \(Int((used * 100).rounded())) % of it used".printable
    }

    func json(_ analysis: RunAnalysis) -> [String: any Encodable] { ["checks": analysis.checks] }

    func text(_ analysis: RunAnalysis, _ terminal: TextTerminal) -> [String] {
        let open = analysis.checks.filter { $0.verdict != .pass }
        let passed = analysis.checks.count - open.count
        return [
            terminal.style.bold("Checks: \(passed) of \(analysis.checks.count) passed") + (Self.closest(analysis).map { "; \($0)" } ?? "")
        ]
            + open.map { check in
                "  " + terminal.style.verdict(check.verdict, check.verdict.rawValue.padded(to: 8))
                    + "\(check.name): \(check.message)".printable
            }
    }
}
