import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// "Did users notice?": the worst outage of each probe for a client of the headline patience, those that failed first, then those that
/// were only slow.
struct FeltSection: ReportSection {
    /// The worst outage of one kind of a probe.
    private struct Row {
        let probe: ProbeFinding
        let client: FeltByClient
        let worst: Outage

        var folded: FoldedProbe { client[worst.kind] }
    }

    let style = """
        .bar{min-width:230px}.interval{font-variant-numeric:tabular-nums;font-weight:600;white-space:nowrap}
        .track{display:block;height:6px;margin-top:3px}.may{display:block;height:6px;border-radius:3px;background:color-mix(in srgb,var(--failed) 30%,transparent);overflow:hidden}
        .sure{display:block;height:6px;background:var(--failed)}.slow .may{background:color-mix(in srgb,var(--slow) 30%,transparent)}.slow .sure{background:var(--slow)}

        """

    private static let template = """
        <section>
        <h2>Did users notice?</h2>
        {{#tables}}
        <h3>{{title}}</h3>
        <div class="scroll"><table class="felt {{kind}}">
        <thead><tr><th>Probe</th><th>Longest at {{patience}} s patience</th><th>At</th><th>Step in flight</th><th>Machine</th><th>Package</th><th class="n">Outages</th><th class="n">Together</th>{{#isSlow}}<th class="n">Slowest answer</th>{{/isSlow}}</tr></thead>
        <tbody>
        {{#rows}}<tr><td class="w"><b>{{probe}}</b></td><td class="bar"><span class="interval">{{interval}}{{#touchesUnknown}} <abbr title="borders on time in which the recorder cannot tell">?</abbr>{{/touchesUnknown}}</span><span class="track"><span class="may" style="width:{{width}}%"><span class="sure" style="width:{{sure}}%"></span></span></span></td><td class="n">{{at}}</td><td class="w">{{cause}}{{#evidence}}<span class="small why">{{.}}</span>{{/evidence}}</td><td class="w">{{machine}}</td><td class="small">{{packages}}</td><td class="n">{{count}}</td><td class="n">{{total}}</td>{{#slowest}}<td class="n">{{slowest}}</td>{{/slowest}}</tr>
        {{/rows}}
        </tbody></table></div>
        {{/tables}}
        {{#hasQuiet}}<p class="quiet"><span class="dot up"></span>Neither failed nor slow: {{quiet}}</p>{{/hasQuiet}}
        {{#hasSilent}}<p class="quiet"><span class="dot unknown"></span>No samples: {{silent}}</p>{{/hasSilent}}
        <p class="small">An interval says: for at least the first number, at most the second. <b>Failed</b>: refused, reset, unreachable, silent, answered wrongly, or no connection within {{patience}} s. <b>Slow</b>: connected within {{patience}} s and answered rightly, but later than {{patience}} s.</p>
        </section>

        """

    private func rows(_ kind: OutageClass, _ analysis: RunAnalysis) -> [Row] {
        analysis.probes.compactMap { probe in
            probe.client(patience: Patience.headline).flatMap { client in
                client[kind].outages.worst.map { Row(probe: probe, client: client, worst: $0) }
            }
        }.sorted { ($1.worst.loSeconds, $1.worst.hiSeconds) < ($0.worst.loSeconds, $0.worst.hiSeconds) }
    }

    /// The names of probes without any outage, and of those without samples.
    private func others(_ analysis: RunAnalysis) -> (quiet: [String], silent: [String]) {
        let named = Set(OutageClass.allCases.flatMap { rows($0, analysis) }.map(\.probe.specification.name))
        let quiet = analysis.probes.filter { !named.contains($0.specification.name) && $0.samples > 0 }
        return (quiet.map(\.specification.name), analysis.probes.filter { $0.samples == 0 }.map(\.specification.name))
    }

    func html(_ page: HTMLPage) throws -> String {
        let analysis = page.analysis
        let (quiet, silent) = others(analysis)
        let tables = OutageClass.allCases.compactMap { kind -> [String: Any]? in
            let rows = rows(kind, analysis)
            guard let longest = rows.map(\.worst.hiSeconds).max() else { return nil }
            return [
                "title": kind == .failed ? "Failed" : "Slow", "kind": kind.rawValue, "isSlow": kind == .slow,
                "patience": DurationText.number(Patience.headline), "rows": rows.map { markup($0, longest: longest, analysis) },
            ]
        }
        return try page.fill(
            Self.template,
            [
                "patience": DurationText.number(Patience.headline),
                "tables": tables,
                "quiet": quiet.joined(separator: ", ").printable,
                "hasQuiet": !quiet.isEmpty,
                "silent": silent.joined(separator: ", ").printable,
                "hasSilent": !silent.isEmpty,
            ])
    }

    private func markup(_ row: Row, longest: Double, _ analysis: RunAnalysis) -> [String: Any] {
        let worst = row.worst
        var values: [String: Any] = [
            "probe": row.probe.specification.name.printable,
            "interval": DurationText.interval(worst.loSeconds, worst.hiSeconds),
            "width": DurationText.number(max(0.5, worst.hiSeconds / longest * 100)),
            "sure": DurationText.number(worst.hiSeconds > 0 ? worst.loSeconds / worst.hiSeconds * 100 : 0),
            "at": "+" + DurationText.elapsed(analysis.elapsed(at: worst.start)),
            "cause": analysis.causeText(worst).printable,
            "evidence": [analysis.evidenceText(worst).printable].filter { !$0.isEmpty },
            "machine": (worst.machine ?? "–").printable,
            "packages": analysis.packages(behind: worst).shortList.printable,
            "count": row.folded.outages.count,
            "total": DurationText.interval(row.folded.totalLoSeconds, row.folded.totalHiSeconds),
            "touchesUnknown": worst.touchesUnknown,
        ]
        if worst.kind == .slow { values["slowest"] = DurationText.seconds(row.client.slowestSeconds ?? 0) + " s" }
        return values
    }

    func text(_ analysis: RunAnalysis, _ terminal: TextTerminal) -> [String] {
        let style = terminal.style
        guard !analysis.probes.isEmpty else { return [style.bold("Nothing was recorded.")] }
        let nameWidth = min(28, analysis.probes.map(\.specification.name.count).max() ?? 0)
        let patience = "for a client with \(DurationText.number(Patience.headline)) s patience"
        var lines: [String] = []
        for kind in OutageClass.allCases {
            let rows = rows(kind, analysis)
            switch (kind, rows.isEmpty) {
            case (.failed, true): lines.append(style.bold("No request failed, \(patience)"))
            case (.failed, false): lines.append(style.bold("Longest failed outage of each service, \(patience)"))
            case (.slow, true): continue
            case (.slow, false): lines.append(style.bold("Longest slow stretch of each service: answered, but later than that"))
            }
            let (shown, others) = Self.worstOfEachService(rows)
            for row in shown {
                lines.append(line(row, analysis, nameWidth: nameWidth, terminal))
                let evidence = analysis.evidenceText(row.worst)
                if !evidence.isEmpty {
                    lines.append(style.dim("  " + "".padded(to: nameWidth) + "    " + evidence.printable))
                }
            }
            if !others.isEmpty { lines.append(style.dim("  less, of the same services: " + others.joined(separator: ", ").printable)) }
        }
        let (quiet, silent) = others(analysis)
        let before = alreadyQuiet(analysis)
        if !before.isEmpty { lines.append("  " + style.yellow("already in the quiet time: ") + before.joined(separator: ", ").printable) }
        if !quiet.isEmpty { lines.append("  " + style.green("neither: ") + quiet.joined(separator: ", ").printable) }
        if !silent.isEmpty { lines.append("  " + style.yellow("no samples: ") + silent.joined(separator: ", ").printable) }
        let unknown = analysis.probes.map { ($0.specification.name, $0.client(patience: Patience.headline)?.unknownSeconds ?? 0) }
        if let (probe, seconds) = unknown.max(by: { $0.1 < $1.1 }), seconds > 0 {
            lines.append(
                "  " + style.yellow("unknown for such a client: ")
                    + "up to \(DurationText.seconds(seconds)) s (\(probe.printable)), counted neither as up nor as down")
        }
        return lines
    }

    /// The worst probe of each service, in their order, and the names of the others; a probe that stands for itself is one of its own.
    private static func worstOfEachService(_ rows: [Row]) -> (shown: [Row], others: [String]) {
        var (shown, others): ([Row], [String]) = ([], [])
        var services: Set<String> = []
        for row in rows {
            if let service = row.probe.specification.service, !services.insert(service).inserted {
                others.append(row.probe.specification.name)
            } else {
                shown.append(row)
            }
        }
        return (shown, others)
    }

    /// The probes whose outages the quiet time before the update shows, too, and how.
    private func alreadyQuiet(_ analysis: RunAnalysis) -> [String] {
        analysis.probes.compactMap { probe in
            guard let felt = probe.quiet.client(patience: Patience.headline), !felt.outages.isEmpty else { return nil }
            return "\(probe.specification.name) (\(felt.failed.outages.isEmpty ? "slow" : "failed"))"
        }
    }

    private func line(_ row: Row, _ analysis: RunAnalysis, nameWidth: Int, _ terminal: TextTerminal) -> String {
        let (style, worst) = (terminal.style, row.worst)
        let cause = analysis.causeText(worst)
        let machine = worst.machine.map { " on \($0)" } ?? ""
        let packages = analysis.packages(behind: worst).shortList
        let because = "\(cause)\(machine)\(packages.isEmpty ? "" : " (\(packages))")".printable
        let interval = DurationText.interval(worst.loSeconds, worst.hiSeconds).leftPadded(to: 18)
        return "  " + row.probe.specification.name.printable.truncated(to: nameWidth).padded(to: nameWidth) + "  "
            + (worst.kind == .failed ? style.red(interval) : style.yellow(interval))
            + (worst.touchesUnknown ? style.yellow("?") : " ")
            + " at +" + DurationText.elapsed(analysis.elapsed(at: worst.start)) + "  "
            + because.truncated(to: max(20, terminal.width - nameWidth - 35))
    }
}
