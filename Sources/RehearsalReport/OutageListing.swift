public import RehearsalAnalysis
import RehearsalHistory
public import RehearsalModel

/// The outages of a run that clients of one patience felt, as `rehearse outages` lists them.
public struct OutageListing: Sendable {
    private let analysis: RunAnalysis
    private let stretches: [OutageStretch]

    /// Chooses outages.
    ///
    /// - Parameters:
    ///   - patienceSeconds: How long the client waits for an answer, in seconds: one that the run is folded for.
    ///   - probe: Which probes; nil for all.
    ///   - includesSlow: Whether slow stretches are listed, too.
    public init(_ analysis: RunAnalysis, patienceSeconds: Double, probe: Glob?, includesSlow: Bool) {
        self.analysis = analysis
        stretches = analysis.probes
            .filter { probe?.matches($0.specification.name) ?? true }
            .flatMap { finding -> [OutageStretch] in
                guard let client = finding.client(patience: patienceSeconds) else { return [] }
                return finding.stretches(of: includesSlow ? client.outages : client.failed.outages)
            }
            .sorted { ($0.start, $0.telling.probe, $0.telling.rank) < ($1.start, $1.telling.probe, $1.telling.rank) }
    }

    /// A line for each outage, or for those that follow each other closely: when, how long, which probe, how, and the first cause.
    public var table: String {
        let width = stretches.map(\.telling.probe.count).max() ?? 0
        let lines = stretches.map { stretch -> String in
            let outage = stretch.telling
            let cause = analysis.causeText(outage)
            let machine = outage.machine.map { " on \($0)" } ?? ""
            let cells = [
                stretch.start.timeOfDay, "+" + DurationText.elapsed(analysis.elapsed(at: stretch.start)),
                DurationText.interval(stretch.loSeconds, stretch.hiSeconds).leftPadded(to: 18) + (stretch.touchesUnknown ? "?" : " "),
                outage.probe.printable.padded(to: width), outage.manner.padded(to: 18), (cause + machine).printable,
            ]
            let evidence = analysis.evidenceText(outage)
            return cells.joined(separator: "  ") + "\n" + (stretch.offAndOn.map { "    \($0)\n" } ?? "")
                + (evidence.isEmpty ? "" : "    \(evidence.printable)\n")
        }
        return lines.isEmpty ? "no outages\n" : lines.joined()
    }

    /// The outages as members of `outages[]` of `report.json`.
    public var entries: [some Encodable] {
        stretches.flatMap(\.outages).sorted { ($0.start, $0.probe, $0.rank) < ($1.start, $1.probe, $1.rank) }.map {
            OutagesSection.Outage($0, analysis)
        }
    }
}

extension OutageStretch {
    /// How often it failed, and within which time; nil for a single outage.
    var offAndOn: String? {
        outages.count < 2 ? nil : "off and on: \(outages.count) outages within \(DurationText.spoken(spanSeconds))"
    }
}
