import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
import RehearsalModel

/// The head: which run this is, how it was judged, and the answer in one sentence.
struct BannerSection: ReportSection {
    let style = """
        .banner{display:flex;gap:28px;align-items:center;padding:22px max(20px,calc((100% - 1460px)/2));color:#fff;background:var(--maybe)}
        .banner.pass{background:var(--pass)}.banner.fail{background:var(--fail)}.banner .word{font-size:44px;font-weight:750;letter-spacing:-.5px}
        .banner h1{font-size:20px;margin:0 0 4px}.banner h1 span{font-weight:400;opacity:.9}.banner p{margin:2px 0;max-width:110ch}
        .banner a{color:inherit}.banner .reason{font-size:13px;opacity:.95}.banner .reason b{text-transform:uppercase;font-size:11px;letter-spacing:.5px;margin-right:4px}
        .banner .meta{font-size:12px;opacity:.8}

        """

    private static let template = """
        <header class="banner {{verdict}}">
        <div class="word">{{verdictWord}}</div>
        <div class="what">
        <h1>{{scenario}} <span>{{setting}}</span></h1>
        <p>{{sentence}}</p>
        {{#host}}<p class="reason"><b>host</b> {{.}}</p>{{/host}}
        {{#isLeft}}<p class="reason">A branch that the run left by going back to a checkpoint. <a href="../report.html">The branch it went on with</a></p>{{/isLeft}}
        {{#left}}<p class="reason">Went back to the checkpoint of step {{step}} after +{{at}}, leaving <a href="{{folder}}/report.html">branch {{number}}</a> ({{note}})</p>{{/left}}
        {{#reasons}}<p class="reason"><b>{{verdict}}</b> {{text}}</p>{{/reasons}}
        {{#closest}}<p class="reason"><b>budgets</b> {{.}}</p>{{/closest}}
        <p class="meta">{{started}} · {{duration}} · run {{run}}{{#unfinished}} · <b>unfinished</b>{{/unfinished}}</p>
        </div>
        </header>

        """

    func html(_ page: HTMLPage) throws -> String {
        let analysis = page.analysis
        let conditions = analysis.conditions
        return try page.fill(
            Self.template,
            [
                "verdict": analysis.verdict.rawValue,
                "verdictWord": analysis.verdict.word,
                "scenario": conditions.scenario.printable,
                "setting": conditions.setting.printable,
                "run": conditions.identifier.printable,
                "started": analysis.start.iso8601,
                "duration": DurationText.elapsed(analysis.durationSeconds),
                "unfinished": !analysis.isFinished,
                "isLeft": analysis.branch != nil,
                "left": analysis.leftBranches.map {
                    [
                        "number": $0.number, "step": ($0.step?.rawValue ?? "").printable,
                        "at": DurationText.elapsed(analysis.elapsed(at: $0.time)),
                        "note": $0.note.printable, "folder": ReportWriter.folder(ofBranch: $0.number),
                    ] as [String: Any]
                },
                "sentence": analysis.answer.printable,
                "closest": [ChecksSection.closest(analysis)].compactMap { $0 },
                "host": [HostSection.warning(analysis)].compactMap { $0 },
                "reasons": analysis.checks.filter { $0.verdict != .pass }.map {
                    ["verdict": $0.verdict.rawValue, "text": "\($0.name): \($0.message)".printable]
                },
            ])
    }

    /// A branch that the run left by going back to a checkpoint.
    struct Branch: Encodable {
        /// Counts from 1.
        var number: Int
        /// The step whose checkpoint the run went back to.
        @Nullable var step: String?
        /// When its last event was.
        var end: String
        /// How it stood then.
        var note: String
    }

    func json(_ analysis: RunAnalysis) -> [String: any Encodable] {
        let conditions = analysis.conditions
        return [
            "run": conditions.identifier, "verdict": analysis.verdict, "finished": analysis.isFinished,
            "scenario": conditions.scenario, "topology": conditions.topology, "strategy": conditions.strategy,
            "control": conditions.isControl,
            "start": analysis.start.iso8601, "end": analysis.end.iso8601,
            "duration_s": DurationText.rounded(analysis.durationSeconds),
            "branches": analysis.leftBranches.map {
                Branch(number: $0.number, step: $0.step?.rawValue, end: $0.time.iso8601, note: $0.note)
            },
        ]
    }

    func text(_ analysis: RunAnalysis, _ terminal: TextTerminal) -> [String] {
        let (conditions, style) = (analysis.conditions, terminal.style)
        let duration = DurationText.elapsed(analysis.durationSeconds)
        let unfinished = (conditions.isControl ? ", control: nothing was changed" : "") + (analysis.isFinished ? "" : ", unfinished")
        let run =
            "  \(conditions.scenario) \(conditions.setting)\(conditions.isRecording ? "" : ", seed \(conditions.seed)"), \(duration)\(unfinished)"
        let machines =
            conditions.isRecording ? "" : ", \(conditions.acceleratorWord), slowness \(DurationText.number(conditions.slowness))"
        let host = "      run \(conditions.identifier)\(machines)"
        return [
            style.verdict(analysis.verdict, analysis.verdict.rawValue.uppercased()) + run.printable,
            style.dim(host.printable),
        ]
            + analysis.leftBranches.map { left in
                let back =
                    "went back to the checkpoint of step \(left.step?.rawValue ?? "") after +\(DurationText.elapsed(analysis.elapsed(at: left.time)))"
                return style.dim(
                    "      \(back), leaving branch \(left.number): \(left.note)".printable.truncated(to: max(40, terminal.width)))
            }
    }
}

extension RunMetadata {
    /// Whether endpoints were recorded without a testbed.
    var isRecording: Bool { topology.isEmpty }

    /// Where and how the run was, in words behind the name of its scenario.
    var setting: String { isRecording ? "recorded without a testbed" : "on \(topology), \(strategy)" }
}
