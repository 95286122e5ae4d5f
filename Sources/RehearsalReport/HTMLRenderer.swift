import RehearsalModel
public import Foundation
import JUnitXML
import Mustache
import RehearsalChecks
import RehearsalHistory
import RehearsalStore

/// `report.html`: one page without any other file, for a reader who has ten seconds, and then for one who has an hour.
public enum HTMLRenderer {
    /// How many outages the page lists; `report.json` has them all.
    static let mostOutages = 600
    /// The patience that the page answers for first, in seconds.
    static let patience = 1.0

    /// The bytes of `report.html`.
    public static func render(_ history: RunHistory) throws -> Data {
        // The escaping that comes with Mustache goes by grapheme and so lets through a quote that carries a combining mark.
        MustacheContentTypes.register(MarkupContentType(), named: "REHEARSAL")
        let template = try MustacheTemplate(string: "{{% CONTENT_TYPE:REHEARSAL}}" + HTMLTemplate.text)
        return Data(template.render(context(history)).utf8)
    }

    /// Escapes for HTML by Unicode scalar.
    private struct MarkupContentType: MustacheContentType {
        func escapeText(_ text: String) -> String { XMLText.escaped(text) }
    }

    // MARK: - Context

    private static func context(_ history: RunHistory) -> [String: Any] {
        let conditions = history.conditions
        let timeline = Timeline(history, patience: patience)
        var context: [String: Any] = [
            "style": HTMLTemplate.style,
            "script": HTMLTemplate.script,
            "verdict": history.verdict.rawValue,
            "verdictWord": verdictWord(history.verdict),
            "title": "\(conditions.scenario), \(conditions.strategy)".printable,
            "scenario": conditions.scenario.printable,
            "topology": conditions.topology.printable,
            "strategy": conditions.strategy.printable,
            "run": conditions.identifier.printable,
            "started": history.start.iso8601,
            "duration": Format.elapsed(history.durationSeconds),
            "unfinished": !history.isFinished,
            "isLeft": history.branch != nil,
            "left": history.leftBranches.map {
                [
                    "number": $0.number, "step": ($0.step?.rawValue ?? "").printable, "at": Format.elapsed(history.elapsed(at: $0.time)),
                    "note": $0.note.printable, "folder": ReportWriter.folder(ofBranch: $0.number),
                ] as [String: Any]
            },
            "sentence": sentence(history).printable,
            "reasons": history.checks.filter { $0.verdict != .pass }.map {
                ["verdict": $0.verdict.rawValue, "text": "\($0.name): \($0.message)".printable]
            },
            "patience": Format.number(patience),
            "timeline": timeline.svg,
            "rows": timeline.labels.map {
                [
                    "text": $0.text.printable, "detail": $0.detail.printable, "height": $0.height,
                    "heading": $0.isHeading,
                ] as [String: Any]
            },
            "checks": history.checks.map {
                [
                    "name": $0.name.printable, "group": $0.group.printable, "verdict": $0.verdict.rawValue,
                    "message": $0.message.printable,
                ]
            },
            "planText": conditions.planText.split(separator: "\n", omittingEmptySubsequences: false)
                .map { String($0).printable }.joined(separator: "\n"),
            "hasPlan": !conditions.planText.isEmpty,
        ]
        context.merge(feltContext(history)) { $1 }
        context.merge(outageContext(history, timeline: timeline)) { $1 }
        context.merge(machineContext(history)) { $1 }
        context.merge(conditionContext(history)) { $1 }
        return context
    }

    private static func verdictWord(_ verdict: Verdict) -> String {
        switch verdict {
        case .pass: "Pass"
        case .unknown: "Unknown"
        case .fail: "Fail"
        }
    }

    /// The answer in one sentence.
    private static func sentence(_ history: RunHistory) -> String {
        let worst = history.probes.compactMap { $0.folded(patience: patience)?.outages.worst }
        let recorded = history.probes.filter { $0.samples > 0 }.count
        guard recorded > 0 else { return "Nothing was recorded, so nobody can say what users felt." }
        guard let most = worst.worst else {
            return "Users noticed nothing: none of \(recorded) probes had an outage at \(Format.number(patience)) s patience."
        }
        let cause = history.cause(of: most)
        var text =
            "Users noticed: \(worst.count) of \(recorded) probes had outages at \(Format.number(patience)) s patience. The worst was "
            + "\(most.probe) for \(Format.interval(most.loSeconds, most.hiSeconds))"
        if let cause { text += " while \(cause.step.id) \(cause.step.name) was in flight" }
        if let machine = most.machine { text += " on \(machine)" }
        let packages = history.packages(behind: most).shortList
        if !packages.isEmpty { text += " (\(packages))" }
        return text + "."
    }

    private static func feltContext(_ history: RunHistory) -> [String: Any] {
        let rows = history.probes.compactMap { probe in
            probe.folded(patience: patience).flatMap { folded in folded.outages.worst.map { (probe, folded, $0) } }
        }.sorted { ($1.2.loSeconds, $1.2.hiSeconds) < ($0.2.loSeconds, $0.2.hiSeconds) }
        let longest = rows.map(\.2.hiSeconds).max() ?? 1
        let felt = rows.map { probe, folded, worst -> [String: Any] in
            let cause = history.cause(of: worst)
            return [
                "probe": probe.specification.name.printable,
                "interval": Format.interval(worst.loSeconds, worst.hiSeconds),
                "width": Format.number(max(0.5, worst.hiSeconds / longest * 100)),
                "sure": Format.number(worst.hiSeconds > 0 ? worst.loSeconds / worst.hiSeconds * 100 : 0),
                "at": "+" + Format.elapsed(history.elapsed(at: worst.start)),
                "cause": cause.map { "\($0.step.id) \($0.step.name)".printable } ?? "no step in flight",
                "machine": (worst.machine ?? "–").printable,
                "packages": history.packages(behind: worst).shortList.printable,
                "count": folded.outages.count,
                "total": Format.interval(folded.totalLoSeconds, folded.totalHiSeconds),
                "touchesUnknown": worst.touchesUnknown,
            ]
        }
        let named = Set(rows.map(\.0.specification.name))
        let quiet = history.probes.filter { !named.contains($0.specification.name) && $0.samples > 0 }
        let silent = history.probes.filter { $0.samples == 0 }
        return [
            "felt": felt,
            "hasFelt": !felt.isEmpty,
            "quiet": quiet.map(\.specification.name).joined(separator: ", ").printable,
            "hasQuiet": !quiet.isEmpty,
            "silent": silent.map(\.specification.name).joined(separator: ", ").printable,
            "hasSilent": !silent.isEmpty,
        ]
    }

    private static func outageContext(_ history: RunHistory, timeline: Timeline) -> [String: Any] {
        let all = history.probes.flatMap { $0.folded.flatMap(\.outages) }
        let shown =
            all.sorted { ($1.hiSeconds, $0.start, $0.probe) < ($0.hiSeconds, $1.start, $1.probe) }
            .prefix(mostOutages)
            .sorted { ($0.start, $0.patienceSeconds, $0.probe) < ($1.start, $1.patienceSeconds, $1.probe) }
        let patiences = Set(all.map(\.patienceSeconds) + RunHistory.patiences).sorted()
        return [
            "patiences": patiences.map {
                ["value": Format.number($0), "selected": $0 == patience] as [String: Any]
            },
            "outages": shown.map { outage -> [String: Any] in
                let steps = outage.steps.compactMap { history.span($0) }
                let first = steps.first.map { "\($0.step.id) \($0.step.name)" } ?? "no step in flight"
                let others = steps.dropFirst().map { "\($0.step.id) \($0.step.name)\($0.step.machine.map { " on \($0)" } ?? "")".printable }
                return [
                    "probe": outage.probe.printable,
                    "patience": Format.number(outage.patienceSeconds),
                    "interval": Format.interval(outage.loSeconds, outage.hiSeconds),
                    "time": outage.start.timeOfDay,
                    "at": "+" + Format.elapsed(history.elapsed(at: outage.start)),
                    "how": outage.firstOutcome == .ok ? "slow" : outage.firstOutcome.rawValue,
                    "cause": first.printable,
                    "others": others.isEmpty ? "" : "and \(others.count) more",
                    "othersTitle": others.joined(separator: "\n"),
                    "machine": (outage.machine ?? "–").printable,
                    "packages": history.packages(behind: outage).shortList.printable,
                    "touchesUnknown": outage.touchesUnknown,
                    "open": outage.end == nil,
                    "from": Format.number(timeline.fraction(outage.start) * 100),
                    "to": Format.number(timeline.fraction(outage.end ?? outage.lastFailure) * 100),
                ]
            },
            "outageCount": all.count,
            "outagesMissing": all.count - shown.count,
            "hasMissing": all.count > shown.count,
        ]
    }

    private static func machineContext(_ history: RunHistory) -> [String: Any] {
        [
            "machines": history.machines.map { machine -> [String: Any] in
                [
                    "name": machine.record.name.printable,
                    "role": machine.record.role.printable,
                    "count": machine.changes.count,
                    "known": machine.packagesAreKnown,
                    "hasChanges": !machine.changes.isEmpty,
                    "packages": machine.changes.map {
                        [
                            "name": $0.name.printable, "from": ($0.from ?? "not installed").printable,
                            "to": ($0.to ?? "removed").printable,
                        ]
                    },
                ]
            }
        ]
    }

    private static func conditionContext(_ history: RunHistory) -> [String: Any] {
        let conditions = history.conditions
        var facts = [
            ("run", conditions.identifier), ("verdict", history.verdict.rawValue), ("scenario", conditions.scenario),
            ("topology", conditions.topology), ("strategy", conditions.strategy), ("seed", "\(conditions.seed)"),
            ("update identifier", conditions.updateIdentifier), ("accelerator", conditions.accelerator),
            ("why", conditions.acceleratorReason),
            ("slowness", "\(Format.number(conditions.slowness)) (bounds on time are multiplied by it)"),
            ("Rehearsal", conditions.version), ("started", history.start.iso8601), ("ended", history.end.iso8601),
            ("took", Format.elapsed(history.durationSeconds)),
        ]
        if let predicted = conditions.predictedSeconds { facts.append(("predicted", Format.elapsed(predicted))) }
        facts += conditions.conditions.sorted { $0.key < $1.key }
        return [
            "facts": facts.filter { !$0.1.isEmpty }.map { ["name": $0.0.printable, "value": $0.1.printable] },
            "probes": history.probes.map { probe -> [String: Any] in
                let folded = probe.folded(patience: patience)
                return [
                    "name": probe.specification.name.printable,
                    "kind": probe.specification.kind.printable,
                    "target": probe.specification.target.printable,
                    "period": "\(probe.specification.periodMilliseconds) ms",
                    "resolution": probe.resolutionSeconds.map { Format.number(Format.rounded($0)) + " s" } ?? "–",
                    "samples": probe.samples,
                    "failed": folded?.down ?? 0,
                    "late": folded?.late ?? 0,
                    "unknown": Format.seconds(folded?.unknownSeconds ?? 0) + " s",
                ]
            },
            "steps": history.spans.map { span -> [String: Any] in
                let end = span.end.map { history.seconds(from: span.start ?? $0, to: $0) }
                return [
                    "id": span.step.id.rawValue.printable, "name": span.step.name.printable,
                    "indent": span.step.id.depth,
                    "machine": (span.step.machine ?? "").printable,
                    "at": span.start.map { "+" + Format.elapsed(history.elapsed(at: $0)) } ?? "",
                    "took": end.map { Format.seconds($0) + " s" } ?? "",
                    "outcome": span.outcome.rawValue,
                    // A step without an end needs a reader's eye as much as one that failed.
                    "bad": span.outcome.isFailure || span.outcome == .unfinished,
                    "note": span.note.printable,
                ]
            },
        ]
    }
}
