import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// What the recorder asked, how well it could see, and when it could not tell.
struct RecorderSection: ReportSection {
    private static let template = """
        <h3>The recorder</h3>
        <div class="scroll"><table><thead><tr><th>Probe</th><th>Kind</th><th>Target</th><th class="n">Period</th><th class="n">Resolution</th><th class="n">Samples</th><th class="n">Failed at {{patience}} s</th><th class="n">Slow</th><th class="n">Late</th><th class="n">Unknown</th></tr></thead><tbody>
        {{#probes}}<tr><td><b>{{name}}</b></td><td>{{kind}}</td><td class="mono">{{target}}</td><td class="n">{{period}}</td><td class="n">{{resolution}}</td><td class="n">{{samples}}</td><td class="n">{{failed}}</td><td class="n">{{slow}}</td><td class="n">{{late}}</td><td class="n">{{unknown}}</td></tr>
        {{/probes}}</tbody></table></div>
        <p class="small">Resolution is the distance that 99 of 100 neighbouring samples do not exceed. Unknown is time in which the recorder itself was starved or silent; it is counted neither as up nor as down.</p>

        """

    /// The table of the probes, for the section about the conditions.
    static func table(_ page: HTMLPage) throws -> String {
        try page.fill(
            template,
            [
                "patience": DurationText.number(Patience.headline),
                "probes": page.analysis.probes.map { probe -> [String: Any] in
                    let client = probe.client(patience: Patience.headline)
                    return [
                        "name": probe.specification.name.printable,
                        "kind": probe.specification.kind.printable,
                        "target": probe.specification.target.printable,
                        "period": "\(probe.specification.periodMilliseconds) ms",
                        "resolution": probe.resolutionSeconds.map { DurationText.number(DurationText.rounded($0)) + " s" } ?? "–",
                        "samples": probe.samples,
                        "failed": client?.failed.samples[.failed] ?? 0,
                        "slow": client?.failed.samples[.slow] ?? 0,
                        "late": client?.failed.samples[.unknown] ?? 0,
                        "unknown": DurationText.seconds(client?.unknownSeconds ?? 0) + " s",
                    ]
                },
            ])
    }

    /// A span in which the recorder cannot tell.
    struct Unknown: Encodable {
        /// The name of the probe.
        var probe: String
        /// When it began.
        var start: String
        /// When it ended, as far as the history goes.
        var end: String
        /// The length.
        var seconds: Double
        /// `late` when the recorder was starved, `gap` when there are no samples, `checkpoint` when all machines stood still to be
        /// saved, `rewound` when the time belongs to another branch; the last two do not count towards any length.
        var reason: String
    }

    /// A probe and what it found.
    struct Probe: Encodable {
        /// The name.
        var name: String
        /// The kind.
        var kind: String
        /// What is asked.
        var target: String
        /// The time from one attempt to the next.
        var periodMilliseconds: Int
        /// The distance that 99 of 100 neighbouring samples do not exceed.
        var resolutionSeconds: Double?
        /// How many samples there are.
        var samples: Int
        /// How many samples the recorder could not vouch for.
        var late: Int
        /// How many attempts were held back because the target could not bear more.
        var held: Int
        /// How often the target could be asked; nil if none was held back, or nothing answered.
        var bearablePeriodMilliseconds: Int?
        /// How much time is unknown.
        var unknownSeconds: Double
        /// The shortest patience that the quiet time before the update did not break.
        var measurablePatienceSeconds: Double?
        /// What clients felt, by patience.
        var clients: [ClientSummary]

        enum CodingKeys: String, CodingKey {
            case name, kind, target, samples, late, held, clients
            case bearablePeriodMilliseconds = "bearable_period_ms"
            case periodMilliseconds = "period_ms"
            case resolutionSeconds = "resolution_s"
            case unknownSeconds = "unknown_s"
            case measurablePatienceSeconds = "measurable_patience_s"
        }
    }

    func json(_ analysis: RunAnalysis) -> [String: any Encodable] {
        ["probes": analysis.probes.map(probe), "unknown": unknown(analysis)]
    }

    func text(_ analysis: RunAnalysis, _ terminal: TextTerminal) -> [String] {
        analysis.probes.compactMap { probe in
            guard let strain = probe.strain else { return nil }
            let remedy = strain.bearablePeriodMilliseconds.map { "; its target can bear period_ms: \($0)" } ?? ""
            return terminal.style.yellow("asked too often: ")
                + "\(probe.specification.name), every \(probe.specification.periodMilliseconds) ms: \(strain.held) attempts held back\(remedy)"
                .printable
        }
    }

    func unknown(_ analysis: RunAnalysis) -> [Unknown] {
        analysis.probes
            .flatMap { $0.clients.first?.unknown ?? [] }
            .sorted { ($0.start, $0.probe) < ($1.start, $1.probe) }
            .map {
                Unknown(
                    probe: $0.probe, start: $0.start.iso8601, end: $0.end.iso8601, seconds: DurationText.rounded($0.seconds),
                    reason: $0.reason.rawValue)
            }
    }

    private func probe(_ finding: ProbeFinding) -> Probe {
        Probe(
            name: finding.specification.name, kind: finding.specification.kind, target: finding.specification.target,
            periodMilliseconds: finding.specification.periodMilliseconds,
            resolutionSeconds: finding.resolutionSeconds.map(DurationText.rounded), samples: finding.samples,
            late: finding.clients.first?.failed.samples[.unknown] ?? 0, held: finding.strain?.held ?? 0,
            bearablePeriodMilliseconds: finding.strain?.bearablePeriodMilliseconds,
            unknownSeconds: DurationText.rounded(finding.clients.first?.unknownSeconds ?? 0),
            measurablePatienceSeconds: finding.measurablePatienceSeconds, clients: finding.clients.map(ClientSummary.init))
    }
}
