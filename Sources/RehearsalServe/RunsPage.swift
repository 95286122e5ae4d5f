import Markup
import RehearsalHistory
import RehearsalModel
import RehearsalStore

/// The list of all runs, newest first, those that cannot be read included.
enum RunsPage {
    static func html(_ runs: [RunSummary], style: String) -> String {
        func escape(_ text: String) -> String { Markup.escaped(text.printable) }
        let rows = runs.reversed().map { run in
            let isReadable = run.state != .damaged && run.state != .newer
            let name = escape(run.identifier)
            let link = isReadable ? "<a href=\"/run/\(Markup.escaped(run.identifier, in: .attribute))\">\(name)</a>" : name
            return "<tr><td class=\"w\">\(link)</td><td>\(escape(run.scenario))</td><td>\(escape(run.strategy))</td>"
                + "<td class=\"w\">\(run.started.map { escape($0.iso8601) } ?? "")</td>"
                + "<td class=\"n\">\(run.durationSeconds.map(DurationText.elapsed) ?? "")</td><td>\(escape(word(run.state)))</td>"
                + "<td>\(run.verdict.map { "<span class=\"pill \($0.rawValue)\">\($0.rawValue)</span>" } ?? "")</td></tr>"
        }.joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <meta name="color-scheme" content="light dark"><title>Rehearsal: runs</title><link rel="stylesheet" href="\(style)"></head>
            <body><main class="one"><h1>Runs</h1>\(runs.isEmpty ? "<p>There is no run yet.</p>" : "")
            <form action="/compare"><p class="small">Compare two: <input name="a" list="names" aria-label="one run"> <input name="b" list="names" aria-label="another run"> <button type="submit">compare</button></p>
            <datalist id="names">\(runs.map { "<option value=\"\(Markup.escaped($0.identifier, in: .attribute))\"></option>" }.joined())</datalist></form>
            <div class="scroll"><table><thead><tr><th>Run</th><th>Scenario</th><th>Strategy</th><th>Began</th><th class="n">Took</th><th>State</th><th>Verdict</th></tr></thead>
            <tbody>\(rows)</tbody></table></div></main></body></html>

            """
    }

    private static func word(_ state: RunSummary.State) -> String {
        switch state {
        case .running: "goes on"
        case .ended: "ended"
        case .interrupted: "left; rehearse resume"
        case .newer: "written by a newer version"
        case .damaged: "cannot be read"
        }
    }
}
