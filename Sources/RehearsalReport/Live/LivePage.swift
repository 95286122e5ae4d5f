import Markup
import RehearsalHistory
public import RehearsalModel

/// The page of a run that may go on: parts that a server sends anew when they have changed.
public struct LivePage: Sendable {
    /// A part of the page.
    public struct Part: Sendable, Hashable {
        /// The name of its element.
        public var id: String
        /// What is in the element.
        public var html: String
    }

    private let run: LiveRun

    /// Shows a run.
    public init(_ run: LiveRun) { self.run = run }

    /// All parts, in the order of the page. The timeline, which is the largest, is left out if it is not asked for.
    public func parts(withTimeline: Bool = true) -> [Part] {
        [
            Part(id: "head", html: head), Part(id: "gate", html: gate), Part(id: "users", html: users),
            Part(id: "machines", html: machines),
            Part(id: "plan", html: plan), Part(id: "log", html: log),
        ] + (withTimeline ? [Part(id: "whole", html: timeline)] : [])
    }

    /// The whole page.
    ///
    /// - Parameter script: The address of the script that keeps it up to date.
    public func html(script: String, style: String) -> String {
        let title = "\(word), \(run.conditions.scenario)".printable
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <meta name="color-scheme" content="light dark"><title>\(Markup.escaped(title))</title><link rel="stylesheet" href="\(style)"></head>
            <body data-run="\(Markup.escaped(run.conditions.identifier, in: .attribute))"><main>
            <p class="small"><a href="/">all runs</a> · <span id="fresh" aria-live="off">as of the page's making</span> <button id="hold" type="button">pause</button></p>
            \(parts().map { "<section id=\"\($0.id)\"\($0.id == "gate" ? " role=\"alert\"" : "")>\($0.html)</section>" }.joined(separator: "\n"))
            <p id="said" role="status" class="small"></p></main><script src="\(script)"></script></body></html>

            """
    }

    // MARK: Parts

    /// How it stands, in a word or two.
    private var word: String {
        if run.state.end != nil { return "ended" }
        if run.gate != nil { return "waits for you" }
        return run.state.standing == .interrupted ? "left" : "goes on"
    }

    private var head: String {
        let conditions = run.conditions
        var text = "<h1>\(escape(conditions.scenario)) <span class=\"small\">\(escape(conditions.setting))</span></h1>"
        text +=
            "<p class=\"big\" data-word=\"\(word)\">\(word) · +\(DurationText.elapsed(run.elapsed(run.end)))"
            + " of about \(DurationText.predicted(conditions.predictedSeconds ?? 0))</p>"
        for flight in run.state.inFlight.sorted(by: { ($0.since, $0.step.id.rawValue) < ($1.since, $1.step.id.rawValue) }).suffix(3) {
            let machine = flight.step.machine.map { " on \($0)" } ?? ""
            text +=
                "<p>▸ \(escape("\(flight.step.id) \(flight.step.name)\(machine)")) · "
                + "\(DurationText.elapsed(run.elapsed(run.end) - run.elapsed(flight.since)))</p>"
        }
        if let waiting = run.state.branch.events.last(where: { $0.kind == .readiness }), run.state.end == nil, isLast(waiting) {
            text += "<p class=\"small\">\(escape(waiting.text))</p>"
        }
        if let failure = run.state.lastFailure {
            text += "<p class=\"bad\">\(escape("\(failure.step?.rawValue ?? "") \(failure.text)"))</p>"
        }
        if run.isReported {
            let place = "/run/\(Markup.escaped(conditions.identifier, in: .attribute))"
            text += "<p><a href=\"\(place)/report.html\">report</a> · <a href=\"\(place)/demo.html\">recording</a></p>"
        }
        return text
    }

    /// Whether nothing but samples came after an event.
    private func isLast(_ event: Event) -> Bool { run.state.branch.events.last?.sequence == event.sequence }

    private var gate: String {
        guard let gate = run.gate else { return "" }
        return """
            <h2>Breakpoint on \(escape(gate.machine))</h2>
            <p>\(gate.complaint.map { "<span class=\"bad\">\(escape($0))</span> " } ?? "")The run waits. A regular expression clears every machine whose whole name it matches.</p>
            <form data-question="\(Markup.escaped(gate.question, in: .attribute))"><input name="answer" value="\(Markup.escaped(gate.machine, in: .attribute))" aria-label="machines to go on with" autocomplete="off">
            <button name="go" type="submit" value="go">go on with it</button> <button name="stop" type="submit" value="no">stop here</button> <output></output></form>
            """
    }

    /// How far back the strip of users goes, in seconds.
    private static let recent = 300.0

    private var users: String {
        let end = run.elapsed(run.end)
        let from = max(0, end - Self.recent)
        let length = max(1, end - from)
        var text =
            "<h2>Users <span class=\"small\">the last \(DurationText.spoken(end - from)), at \(DurationText.number(Patience.headline)) s patience</span></h2>"
        for probe in run.probes {
            let spans = probe.segments.reversed().prefix { run.elapsed($0.end) >= from }.reversed().map { segment in
                (
                    state: segment.state, from: (run.elapsed(segment.start) - from) / length, to: (run.elapsed(segment.end) - from) / length
                )
            }
            let rects = PlacedState.join(spans, places: 300).map {
                "<rect class=\"\($0.state.rawValue)\" x=\"\($0.first)\" y=\"\($0.state == .failed ? 0 : 5)\" width=\"\($0.last - $0.first + 1)\" "
                    + "height=\"\($0.state == .failed ? 14 : 4)\"/>"
            }.joined()
            text +=
                "<div class=\"user\"><b>\(escape(probe.specification.name))</b>"
                + "<svg viewBox=\"0 0 300 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\(rects)</svg>\(feels(probe))</div>"
        }
        return text
    }

    private func feels(_ probe: LiveRun.Probe) -> String {
        guard let last = probe.segments.last else { return "<span class=\"small\">not asked yet</span>" }
        if run.state.end == nil, run.now.seconds(since: last.end) > 10 { return "<span class=\"small\">not asked for a while</span>" }
        switch last.state {
        case .up: return "<span class=\"is-up\">answers</span>"
        case .slow: return "<span class=\"is-slow\">answers late</span>"
        case .unknown: return "<span class=\"small\">nobody can tell</span>"
        case .failed:
            return "<span class=\"is-failed\">no answer for \(DurationText.spoken(run.elapsed(last.end) - run.elapsed(last.start)))</span>"
        }
    }

    private var machines: String {
        "<h2>Machines</h2>"
            + run.machines.map { machine in
                let spans = run.state.spans.filter { $0.step.machine == machine.name && $0.step.kind != .fault }
                let substeps = spans.filter { $0.step.kind == .substep }
                let flight = spans.last { $0.isInFlight }
                let procedures = spans.filter { $0.step.kind == .procedure }
                let word: String
                if let failed = spans.last(where: { $0.outcome.isFailure }) {
                    word = "failed: \(failed.step.name)"
                } else if let flight {
                    word = flight.step.kind == .breakpoint ? "waits at its breakpoint" : flight.step.name
                } else if !procedures.isEmpty, procedures.allSatisfy({ $0.end != nil }) {
                    word = "done"
                } else {
                    word = procedures.isEmpty ? "" : "waits its turn"
                }
                let count = substeps.isEmpty ? "" : " · \(substeps.count { $0.end != nil }) of \(substeps.count)"
                return "<div class=\"user\"><b>\(escape(machine.name))</b><span>\(escape(word))\(flight == nil ? "" : count)</span></div>"
            }.joined()
    }

    private var plan: String {
        let flying = Set(run.state.inFlight.map(\.step.id))
        let shown = run.state.spans.filter { span in
            span.step.kind != .substep || span.step.parent.map(flying.contains) == true
        }
        return "<h2>Plan</h2><ol class=\"plan\">"
            + shown.map { span in
                let mark: String =
                    span.outcome.isFailure ? "✗" : span.isInFlight ? "▸" : span.end != nil ? "✓" : "·"
                let machine = span.step.machine.map { " (\($0))" } ?? ""
                return "<li class=\"\(span.isInFlight ? "now" : span.outcome.isFailure ? "bad" : span.end == nil ? "small" : "")\" "
                    + "style=\"--depth:\(span.step.id.depth)\">\(mark) \(escape("\(span.step.id) \(span.step.name)\(machine)"))</li>"
            }.joined() + "</ol>"
    }

    private var log: String {
        "<h2>Log of the step in flight</h2><pre tabindex=\"0\">\(run.log.map(escape).joined(separator: "\n"))</pre>"
    }

    private var timeline: String {
        let timeline = Timeline(
            Timeline.Content(
                length: run.elapsed(run.end), end: run.end, elapsed: run.elapsed, spans: run.state.spans, machines: run.machines,
                probes: run.probes.map { probe in
                    Timeline.Content.Probe(specification: probe.specification, segments: probe.segments) { state, begin, end in
                        "\(probe.specification.name): \(state.rawValue), +\(DurationText.elapsed(begin)) to +\(DurationText.elapsed(end))"
                    }
                }, ticks: []), patience: Patience.headline)
        let labels = timeline.labels.map {
            "<div style=\"height:\($0.height)px\"\($0.isHeading ? " class=\"heading\"" : "")><b>\(escape($0.text))</b><i>\(escape($0.detail))</i></div>"
        }.joined()
        return
            "<h2>Timeline</h2><div class=\"timeline\"><div class=\"labels\">\(labels)</div><div class=\"view\" tabindex=\"0\">\(timeline.svg)</div></div>"
    }

    private func escape(_ text: String) -> String { Markup.escaped(text.printable) }

    /// A page of plain text in columns.
    public static func text(_ text: String, title: String, style: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
        <meta name="color-scheme" content="light dark"><title>\(Markup.escaped(title))</title><link rel="stylesheet" href="\(style)"></head>
        <body><main class="one"><p class="small"><a href="/">all runs</a></p><h1>\(Markup.escaped(title))</h1><pre class="scroll">\(Markup.escaped(text.printableLines))</pre></main></body></html>

        """
    }

    // MARK: Style

    /// The style sheet of the pages.
    public static let style =
        PageStyle.colours + PageStyle.cards + PageStyle.controls + PageStyle.marks + TimelineSection().style + PageStyle.closing + """
            .big{font-size:26px;font-weight:700;margin:4px 0}.user{display:grid;grid-template-columns:220px 1fr 190px;gap:12px;align-items:center;padding:2px 0}
            #machines .user{grid-template-columns:150px 1fr}h1{margin:0 0 6px;font-size:22px}#head p{margin:3px 0}.user svg{width:100%;height:14px;background:var(--back)}.is-up{color:var(--up)}.is-failed{color:var(--failed);font-weight:700}.is-slow{color:var(--slow)}
            .plan{list-style:none;padding:0;margin:0;font-size:13px;max-height:420px;overflow-y:auto}.plan li{padding-left:calc(var(--depth)*16px)}.plan .now{font-weight:700}
            .bad{color:var(--failed)}pre{max-height:320px;overflow:auto;white-space:pre-wrap}#gate:empty{display:none}.stale #fresh{color:var(--failed);font-weight:700}
            main{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:0 16px}main.one{display:block}main>p,#head,#gate,#users,#whole{grid-column:1/-1}
            @media(max-width:700px){.user{grid-template-columns:1fr auto}.user svg{grid-column:1/-1;grid-row:2}main{grid-template-columns:1fr}}

            """
}
