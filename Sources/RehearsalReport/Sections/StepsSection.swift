import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// What became of each step, and the plan.
struct StepsSection: ReportSection {
    private static let template = """
        <section>
        <h2>Steps</h2>
        <details><summary>What became of each step</summary>
        <div class="scroll tall"><table><thead><tr><th>Step</th><th>Machine</th><th class="n">At</th><th class="n">Took</th><th>Outcome</th><th>Note</th></tr></thead><tbody>
        {{#steps}}<tr{{#bad}} class="bad"{{/bad}}><td class="w" style="padding-left:{{indent}}.6em">{{id}} {{name}}</td><td>{{machine}}</td><td class="n">{{at}}</td><td class="n">{{took}}</td><td>{{outcome}}</td><td class="small">{{note}}</td></tr>
        {{/steps}}</tbody></table></div></details>
        {{#hasPlan}}<details><summary>The plan as it was printed</summary><pre>{{planText}}</pre></details>{{/hasPlan}}
        </section>

        """

    func html(_ page: HTMLPage) throws -> String {
        let planText = page.analysis.conditions.planText
        return try page.fill(
            Self.template,
            [
                "steps": page.analysis.spans.map { row($0, page.analysis) },
                "hasPlan": !planText.isEmpty,
                "planText": planText.printableLines,
            ])
    }

    private func row(_ span: StepSpan, _ analysis: RunAnalysis) -> [String: Any] {
        let took = span.end.map { analysis.seconds(from: span.start ?? $0, to: $0) }
        return [
            "id": span.step.id.rawValue.printable, "name": span.step.name.printable,
            "indent": span.step.id.depth,
            "machine": (span.step.machine ?? "").printable,
            "at": span.start.map { "+" + DurationText.elapsed(analysis.elapsed(at: $0)) } ?? "",
            "took": took.map { DurationText.seconds($0) + " s" } ?? "",
            "outcome": span.outcome.rawValue,
            // A step without an end needs a reader's eye as much as one that failed.
            "bad": span.outcome.isFailure || span.outcome == .unfinished,
            "note": span.note.printable,
        ]
    }

    /// A step of the plan, or a sub-step that a procedure reported.
    struct Step: Encodable {
        /// The place in the numbered tree, such as `3.1`.
        var id: String
        /// The step it is part of.
        @Nullable var parent: String?
        /// The name.
        var name: String
        /// The machine it worked on.
        @Nullable var machine: String?
        /// The kind.
        var kind: String
        /// When it first started; nil when it never did.
        @Nullable var start: String?
        /// When it last ended; nil when it did not.
        @Nullable var end: String?
        /// `ok`, `failed`, `skipped`, `unfinished`, `not-started` or another word from the journal.
        var outcome: String
        /// What the journal says about the end.
        var note: String
        /// How often it was started.
        var attempts: Int
    }

    func json(_ analysis: RunAnalysis) -> [String: any Encodable] { ["steps": steps(analysis)] }

    func steps(_ analysis: RunAnalysis) -> [Step] {
        analysis.spans.map { span in
            Step(
                id: span.step.id.rawValue, parent: span.step.parent?.rawValue, name: span.step.name, machine: span.step.machine,
                kind: span.step.kind.rawValue, start: span.start?.iso8601, end: span.end?.iso8601, outcome: span.outcome.rawValue,
                note: span.note, attempts: span.attempts.count)
        }
    }
}
