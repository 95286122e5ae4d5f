import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
import RehearsalModel

/// The conditions of the run, and what the recorder did.
struct ConditionsSection: ReportSection {
    let style = """
        dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:4px 24px;margin:0}dl div{display:flex;gap:10px;border-bottom:1px solid var(--line);padding:3px 0}
        dt{color:var(--soft);flex:none;min-width:110px}dd{margin:0;overflow-wrap:anywhere}pre{overflow:auto;max-height:520px;background:var(--back);padding:10px;border-radius:8px}

        """

    private static let template = """
        <section>
        <h2>Conditions</h2>
        <dl>{{#facts}}<div><dt>{{name}}</dt><dd>{{value}}</dd></div>{{/facts}}</dl>
        {{{recorder}}}</section>

        """

    func html(_ page: HTMLPage) throws -> String {
        try page.fill(
            Self.template,
            [
                "facts": facts(page.analysis).filter { !$0.1.isEmpty }.map { ["name": $0.0.printable, "value": $0.1.printable] },
                "recorder": try RecorderSection.table(page),
            ])
    }

    private func facts(_ analysis: RunAnalysis) -> [(String, String)] {
        let conditions = analysis.conditions
        var facts = [
            ("run", conditions.identifier), ("verdict", analysis.verdict.rawValue), ("scenario", conditions.scenario),
            ("topology", conditions.topology), ("strategy", conditions.strategy), ("seed", "\(conditions.seed)"),
            ("update identifier", conditions.updateIdentifier), ("accelerator", conditions.acceleratorWord),
            ("why", conditions.acceleratorReason),
            ("slowness", "\(DurationText.number(conditions.slowness)) (bounds on time are multiplied by it)"),
            ("Rehearsal", conditions.version), ("started", analysis.start.iso8601), ("ended", analysis.end.iso8601),
            ("took", DurationText.elapsed(analysis.durationSeconds)),
        ]
        if let predicted = conditions.predictedSeconds { facts.append(("predicted", DurationText.elapsed(predicted))) }
        return facts + conditions.conditions.sorted { $0.key < $1.key }
    }

    func json(_ analysis: RunAnalysis) -> [String: any Encodable] {
        let conditions = analysis.conditions
        var members: [String: any Encodable] = [
            "seed": conditions.seed, "update_identifier": conditions.updateIdentifier, "accelerator": conditions.acceleratorWord,
            "accelerator_reason": conditions.acceleratorReason, "slowness": conditions.slowness, "version": conditions.version,
            "conditions": conditions.conditions,
        ]
        if let predicted = conditions.predictedSeconds { members["predicted_s"] = DurationText.rounded(predicted) }
        return members
    }
}
