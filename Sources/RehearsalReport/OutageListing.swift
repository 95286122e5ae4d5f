public import RehearsalAnalysis
import RehearsalHistory
public import RehearsalModel

/// The outages of a run that clients of one patience felt, as `rehearse outages` lists them.
public struct OutageListing: Sendable {
    private let analysis: RunAnalysis
    private let outages: [Outage]

    /// Chooses outages.
    ///
    /// - Parameters:
    ///   - patienceSeconds: How long the client waits for an answer, in seconds: one that the run is folded for.
    ///   - probe: Which probes; nil for all.
    ///   - includesSlow: Whether slow stretches are listed, too.
    public init(_ analysis: RunAnalysis, patienceSeconds: Double, probe: Glob?, includesSlow: Bool) {
        self.analysis = analysis
        outages = analysis.probes
            .filter { probe?.matches($0.specification.name) ?? true }
            .compactMap { $0.client(patience: patienceSeconds) }
            .flatMap { includesSlow ? $0.outages : $0.failed.outages }
            .sorted { ($0.start, $0.probe, $0.rank) < ($1.start, $1.probe, $1.rank) }
    }

    /// A line for each outage: when, how long, which probe, how, and the first cause.
    public var table: String {
        let width = outages.map(\.probe.count).max() ?? 0
        let lines = outages.map { outage -> String in
            let cause = analysis.causeText(outage)
            let machine = outage.machine.map { " on \($0)" } ?? ""
            let cells = [
                outage.start.timeOfDay, "+" + DurationText.elapsed(analysis.elapsed(at: outage.start)),
                DurationText.interval(outage.loSeconds, outage.hiSeconds).leftPadded(to: 18) + (outage.touchesUnknown ? "?" : " "),
                outage.probe.printable.padded(to: width), outage.manner.padded(to: 18), (cause + machine).printable,
            ]
            let evidence = analysis.evidenceText(outage)
            return cells.joined(separator: "  ") + "\n" + (evidence.isEmpty ? "" : "    \(evidence.printable)\n")
        }
        return lines.isEmpty ? "no outages\n" : lines.joined()
    }

    /// The outages as members of `outages[]` of `report.json`.
    public var entries: [some Encodable] { outages.map { OutagesSection.Outage($0, analysis) } }
}
