import RehearsalHistory
import RehearsalAnalysis
import RehearsalChecks

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

    func json(_ analysis: RunAnalysis) -> [String: any Encodable] { ["checks": analysis.checks] }

    func text(_ analysis: RunAnalysis, _ terminal: TextTerminal) -> [String] {
        let open = analysis.checks.filter { $0.verdict != .pass }
        let passed = analysis.checks.count - open.count
        return [terminal.style.bold("Checks: \(passed) of \(analysis.checks.count) passed")]
            + open.map { check in
                "  " + terminal.style.verdict(check.verdict, check.verdict.rawValue.padded(to: 8))
                    + "\(check.name): \(check.message)".printable
            }
    }
}
