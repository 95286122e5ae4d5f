import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// "Did users notice?": the worst outage of each probe for a client of the headline patience.
struct FeltSection: ReportSection {
    let style = """
        .bar{min-width:230px}.interval{font-variant-numeric:tabular-nums;font-weight:600;white-space:nowrap}
        .track{display:block;height:6px;margin-top:3px}.may{display:block;height:6px;border-radius:3px;background:color-mix(in srgb,var(--down) 30%,transparent);overflow:hidden}
        .sure{display:block;height:6px;background:var(--down)}

        """

    private static let template = """
        <section>
        <h2>Did users notice?</h2>
        {{#hasFelt}}
        <div class="scroll"><table class="felt">
        <thead><tr><th>Probe</th><th>Worst outage at {{patience}} s patience</th><th>At</th><th>Step in flight</th><th>Machine</th><th>Package</th><th class="n">Outages</th><th class="n">Together</th></tr></thead>
        <tbody>
        {{#felt}}<tr><td class="w"><b>{{probe}}</b></td><td class="bar"><span class="interval">{{interval}}{{#touchesUnknown}} <abbr title="borders on time in which the recorder cannot tell">?</abbr>{{/touchesUnknown}}</span><span class="track"><span class="may" style="width:{{width}}%"><span class="sure" style="width:{{sure}}%"></span></span></span></td><td class="n">{{at}}</td><td class="w">{{cause}}</td><td class="w">{{machine}}</td><td class="small">{{packages}}</td><td class="n">{{count}}</td><td class="n">{{total}}</td></tr>
        {{/felt}}
        </tbody></table></div>
        {{/hasFelt}}
        {{#hasQuiet}}<p class="quiet"><span class="dot up"></span>No outage: {{quiet}}</p>{{/hasQuiet}}
        {{#hasSilent}}<p class="quiet"><span class="dot unknown"></span>No samples: {{silent}}</p>{{/hasSilent}}
        <p class="small">An interval says: down for at least the first number, at most the second. A client with {{patience}} s patience counts an answer that takes longer as none.</p>
        </section>

        """

    func html(_ page: HTMLPage) throws -> String {
        let analysis = page.analysis
        let rows = analysis.probes.compactMap { probe in
            probe.folded(patience: Patience.headline).flatMap { folded in folded.outages.worst.map { (probe, folded, $0) } }
        }.sorted { ($1.2.loSeconds, $1.2.hiSeconds) < ($0.2.loSeconds, $0.2.hiSeconds) }
        let longest = rows.map(\.2.hiSeconds).max() ?? 1
        let felt = rows.map { probe, folded, worst -> [String: Any] in
            let cause = analysis.cause(of: worst)
            return [
                "probe": probe.specification.name.printable,
                "interval": DurationText.interval(worst.loSeconds, worst.hiSeconds),
                "width": DurationText.number(max(0.5, worst.hiSeconds / longest * 100)),
                "sure": DurationText.number(worst.hiSeconds > 0 ? worst.loSeconds / worst.hiSeconds * 100 : 0),
                "at": "+" + DurationText.elapsed(analysis.elapsed(at: worst.start)),
                "cause": cause.map { "\($0.step.id) \($0.step.name)".printable } ?? "no step in flight",
                "machine": (worst.machine ?? "–").printable,
                "packages": analysis.packages(behind: worst).shortList.printable,
                "count": folded.outages.count,
                "total": DurationText.interval(folded.totalLoSeconds, folded.totalHiSeconds),
                "touchesUnknown": worst.touchesUnknown,
            ]
        }
        let named = Set(rows.map(\.0.specification.name))
        let quiet = analysis.probes.filter { !named.contains($0.specification.name) && $0.samples > 0 }
        let silent = analysis.probes.filter { $0.samples == 0 }
        return try page.fill(
            Self.template,
            [
                "patience": DurationText.number(Patience.headline),
                "felt": felt,
                "hasFelt": !felt.isEmpty,
                "quiet": quiet.map(\.specification.name).joined(separator: ", ").printable,
                "hasQuiet": !quiet.isEmpty,
                "silent": silent.map(\.specification.name).joined(separator: ", ").printable,
                "hasSilent": !silent.isEmpty,
            ])
    }

    func text(_ analysis: RunAnalysis, _ terminal: TextTerminal) -> [String] {
        let style = terminal.style
        let rows = analysis.probes.map { ($0, $0.folded(patience: Patience.headline)?.outages.worst) }
        guard !rows.isEmpty else { return [style.bold("Nothing was recorded.")] }
        let felt = rows.compactMap { probe, worst in worst.map { (probe.specification.name, $0) } }
            .sorted { ($0.1.hiSeconds, $1.0) > ($1.1.hiSeconds, $0.0) }
        let nameWidth = min(28, rows.map { $0.0.specification.name.count }.max() ?? 0)
        var lines = [style.bold("Worst outage per probe, for a client with \(DurationText.number(Patience.headline)) s patience")]
        lines += felt.map { line(analysis, probe: $0, worst: $1, nameWidth: nameWidth, terminal) }
        let quiet = rows.filter { $0.1 == nil && $0.0.samples > 0 }.map { $0.0.specification.name }
        if !quiet.isEmpty { lines.append("  " + style.green("no outage: ") + quiet.joined(separator: ", ").printable) }
        let silent = rows.filter { $0.0.samples == 0 }.map { $0.0.specification.name }
        if !silent.isEmpty { lines.append("  " + style.yellow("no samples: ") + silent.joined(separator: ", ").printable) }
        let unknown = analysis.probes.map { $0.folded.first?.unknownSeconds ?? 0 }.max() ?? 0
        if unknown > 0 {
            lines.append(
                "  " + style.yellow("unknown: ")
                    + "up to \(DurationText.seconds(unknown)) s per probe, counted neither as up nor as down")
        }
        return lines
    }

    private func line(_ analysis: RunAnalysis, probe: String, worst: Outage, nameWidth: Int, _ terminal: TextTerminal) -> String {
        let style = terminal.style
        let cause = analysis.cause(of: worst).map { "\($0.step.id) \($0.step.name)" } ?? "no step in flight"
        let machine = worst.machine.map { " on \($0)" } ?? ""
        let packages = analysis.packages(behind: worst).shortList
        let because = "\(cause)\(machine)\(packages.isEmpty ? "" : " (\(packages))")".printable
        return "  " + probe.printable.truncated(to: nameWidth).padded(to: nameWidth) + "  "
            + style.red(DurationText.interval(worst.loSeconds, worst.hiSeconds).leftPadded(to: 18))
            + (worst.touchesUnknown ? style.yellow("?") : " ")
            + " at +" + DurationText.elapsed(analysis.elapsed(at: worst.start)) + "  "
            + because.truncated(to: max(20, terminal.width - nameWidth - 35))
    }
}
