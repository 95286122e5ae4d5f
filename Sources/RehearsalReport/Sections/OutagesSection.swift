import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// All outages, failed and slow, for clients of every patience.
struct OutagesSection: ReportSection {
    /// How many outages the page lists; `report.json` has them all.
    static let mostShown = 600

    let style = """
        #outages tbody tr{cursor:pointer}#outages tbody tr:hover td{background:var(--back)}
        """

    let script = """
        var rows=[].slice.call(document.querySelectorAll('#outages tbody tr'));
        rows.forEach(function(row){row.tabIndex=0;row.onkeydown=function(e){if(e.key==='Enter')row.onclick();};row.onclick=function(){var from=+row.dataset.from,to=+row.dataset.to,width=Math.max(to-from,.02);
        mark.hidden=false;mark.style.left=from+'%';mark.style.width=width+'%';setZoom(Math.min(60,20/width));
        view.scrollLeft=(from+width/2)/100*view.clientWidth*zoom-view.clientWidth/2;view.scrollIntoView({block:'center'});};});
        var patience=document.getElementById('patience'),kind=document.getElementById('kind'),filter=document.getElementById('filter'),shown=document.getElementById('shown');
        function show(){var count=0,words=filter.value.toLowerCase();rows.forEach(function(row){
        var on=(!patience.value||row.dataset.patience===patience.value)&&(!kind.value||row.dataset.kind===kind.value)&&(!words||row.textContent.toLowerCase().indexOf(words)>=0);
        row.hidden=!on;if(on)count++;});shown.textContent=count+' of '+rows.length+' shown; a click shows one on the timeline';}
        patience.onchange=show;kind.onchange=show;filter.oninput=show;show();
        """

    private static let template = """
        <section>
        <h2>Outages</h2>
        <div class="tools"><label>Patience <select id="patience"><option value="">all</option>{{#patiences}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{value}} s</option>{{/patiences}}</select></label> <label>Kind <select id="kind"><option value="">all</option><option value="failed" selected>failed</option><option value="slow">slow</option></select></label> <label>Probe or step <input id="filter" type="search" placeholder="any"></label> <span id="shown" class="small"></span></div>
        <div class="scroll tall"><table id="outages">
        <thead><tr><th>Time</th><th>At</th><th>Probe</th><th class="n">Patience</th><th class="n">Length</th><th>How</th><th>First cause</th><th>Machine</th><th>Package</th></tr></thead>
        <tbody>
        {{#outages}}<tr data-patience="{{patience}}" data-kind="{{kind}}" data-from="{{from}}" data-to="{{to}}"><td class="n">{{time}}</td><td class="n">{{at}}</td><td class="w"><b>{{probe}}</b></td><td class="n">{{patience}} s</td><td class="n">{{interval}}{{#touchesUnknown}} <abbr title="borders on time in which the recorder cannot tell">?</abbr>{{/touchesUnknown}}{{#open}} <abbr title="no other answer was seen afterwards">open</abbr>{{/open}}</td><td>{{how}}{{#offAndOn}}<span class="small why">{{.}}</span>{{/offAndOn}}</td><td class="w">{{cause}} <abbr title="{{othersTitle}}">{{others}}</abbr>{{#evidence}}<span class="small why">{{.}}</span>{{/evidence}}</td><td class="w">{{machine}}</td><td class="small">{{packages}}</td></tr>
        {{/outages}}
        </tbody></table></div>
        {{#hasMissing}}<p class="small">{{outagesMissing}} shorter outages of {{outageCount}} are left out here; report.json has them all.</p>{{/hasMissing}}
        </section>

        """

    func html(_ page: HTMLPage) throws -> String {
        let all = page.analysis.probes.flatMap { finding in finding.clients.flatMap { finding.stretches(of: $0.outages) } }
        let shown =
            all.sorted {
                ($0.telling.rank, $1.hiSeconds, $0.start, $0.telling.probe) < ($1.telling.rank, $0.hiSeconds, $1.start, $1.telling.probe)
            }
            .prefix(Self.mostShown)
            .sorted {
                ($0.start, $0.telling.patienceSeconds, $0.telling.probe) < ($1.start, $1.telling.patienceSeconds, $1.telling.probe)
            }
        let patiences = Set(all.map(\.telling.patienceSeconds) + Patience.standard).sorted()
        return try page.fill(
            Self.template,
            [
                "patiences": patiences.map {
                    ["value": DurationText.number($0), "selected": $0 == Patience.headline] as [String: Any]
                },
                "outages": shown.map { row($0, page) },
                "outageCount": all.count,
                "outagesMissing": all.count - shown.count,
                "hasMissing": all.count > shown.count,
            ])
    }

    private func row(_ stretch: OutageStretch, _ page: HTMLPage) -> [String: Any] {
        let (analysis, outage) = (page.analysis, stretch.telling)
        let steps = outage.steps.compactMap { analysis.span($0) }
        let others = steps.filter { $0.step.id != outage.cause }.map {
            "\($0.step.id) \($0.step.name)\($0.step.machine.map { " on \($0)" } ?? "")".printable
        }
        return [
            "probe": outage.probe.printable,
            "kind": outage.kind.rawValue,
            "patience": DurationText.number(outage.patienceSeconds),
            "interval": DurationText.interval(stretch.loSeconds, stretch.hiSeconds),
            "time": stretch.start.timeOfDay,
            "at": "+" + DurationText.elapsed(analysis.elapsed(at: stretch.start)),
            "how": outage.manner,
            "offAndOn": [stretch.offAndOn].compactMap { $0 },
            "cause": analysis.causeText(outage).printable,
            "evidence": [analysis.evidenceText(outage).printable].filter { !$0.isEmpty },
            "others": others.isEmpty ? "" : "and \(others.count) more",
            "othersTitle": others.joined(separator: "\n"),
            "machine": (outage.machine ?? "–").printable,
            "packages": analysis.packages(behind: outage).shortList.printable,
            "touchesUnknown": stretch.touchesUnknown,
            "open": stretch.end == nil,
            "from": DurationText.number(page.timeline.fraction(stretch.start) * 100),
            "to": DurationText.number(page.timeline.fraction(stretch.end ?? stretch.lastFailure) * 100),
        ]
    }

    /// An outage for a client of one patience.
    struct Outage: Encodable {
        /// The name of the probe.
        var probe: String
        /// How long the client waits for an answer.
        var patienceSeconds: Double
        /// `failed` or `slow`.
        var kind: OutageClass
        /// The least length.
        var loSeconds: Double
        /// The greatest length.
        var hiSeconds: Double
        /// When it began.
        var start: String
        /// When the first attempt afterwards started that did not fail in this way; nil when none was seen.
        @Nullable var end: String?
        /// The steps in flight, first cause first.
        var steps: [String]
        /// The name of the first cause.
        @Nullable var cause: String?
        /// The machine of the first cause; without one, that of the loss.
        @Nullable var machine: String?
        /// What machines noted that explains it, in order of time.
        var evidence: [Evidence]
        /// The one of them that explains most; nil without any.
        var loss: Evidence?
        /// The packages whose change the first cause accounts for.
        var packages: [PackagesSection.Package]
        /// How the first failing attempt ended; `slow` when it was answered too late.
        var firstOutcome: String
        /// How many attempts failed.
        var failures: Int
        /// Whether it borders on time in which the recorder cannot tell.
        var touchesUnknown: Bool

        enum CodingKeys: String, CodingKey {
            case probe, start, end, steps, cause, machine, evidence, loss, packages, failures
            case patienceSeconds = "patience_s"
            case kind = "class"
            case loSeconds = "lo_s"
            case hiSeconds = "hi_s"
            case firstOutcome = "first_outcome"
            case touchesUnknown = "touches_unknown"
        }

        init(_ outage: RehearsalHistory.Outage, _ analysis: RunAnalysis) {
            probe = outage.probe
            patienceSeconds = outage.patienceSeconds
            kind = outage.kind
            loSeconds = DurationText.rounded(outage.loSeconds)
            hiSeconds = DurationText.rounded(outage.hiSeconds)
            start = outage.start.iso8601
            steps = outage.steps.map(\.rawValue)
            packages = analysis.packages(behind: outage).map(PackagesSection.Package.init)
            firstOutcome = outage.manner
            failures = outage.failures
            touchesUnknown = outage.touchesUnknown
            end = outage.end?.iso8601
            cause = analysis.cause(of: outage)?.step.name
            machine = outage.machine
            evidence = outage.evidence.map { Evidence($0, from: outage.start) }
            loss = outage.loss.map { Evidence($0, from: outage.start) }
        }
    }

    /// Something that a machine noted, and how far it is from an outage.
    struct Evidence: Encodable {
        /// When.
        var time: String
        /// The time since the first failing attempt; below zero for what was before.
        var seconds: Double
        /// The machine that noted it.
        var machine: String
        /// Who noted it: `systemd`, `haproxy` or another.
        var source: Fact.Source
        /// The service that it is about.
        @Nullable var service: String?
        /// What it happened to.
        var subject: String
        /// `lost`, `gained` or `changed`.
        var change: Fact.Change
        /// What happened, in words behind the subject.
        var text: String

        enum CodingKeys: String, CodingKey {
            case time, machine, source, service, subject, change, text
            case seconds = "offset_s"
        }

        init(_ fact: Fact, from start: Timestamp) {
            time = fact.time.iso8601
            seconds = DurationText.rounded(fact.time.seconds(since: start))
            machine = fact.machine
            source = fact.source
            subject = fact.subject
            change = fact.change
            text = fact.text
            service = fact.service
        }
    }

    func json(_ analysis: RunAnalysis) -> [String: any Encodable] { ["outages": outages(analysis)] }

    func outages(_ analysis: RunAnalysis) -> [Outage] {
        analysis.probes
            .flatMap { $0.clients.flatMap(\.outages) }
            .sorted { ($0.patienceSeconds, $0.start, $0.probe, $0.rank) < ($1.patienceSeconds, $1.start, $1.probe, $1.rank) }
            .map { Outage($0, analysis) }
    }
}

extension RehearsalHistory.Outage {
    /// How the first of its attempts ended, in a word or two.
    var manner: String {
        switch (kind, firstOutcome) {
        case (.slow, _): "slow"
        case (.failed, .ok): "connected too late"
        default: firstOutcome.rawValue
        }
    }

    /// What comes first where outages of several kinds are listed.
    var rank: Int { kind == .failed ? 0 : 1 }
}
