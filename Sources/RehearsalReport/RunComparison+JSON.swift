import Foundation
import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
import RehearsalModel

extension RunComparison {
    /// The comparison as JSON, for programs: for each run what clients of the patience felt of each of its probes.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let comparison = Comparison(patienceSeconds: patienceSeconds, runs: runs.map { Run($0, patience: patienceSeconds) })
        return String(decoding: try encoder.encode(comparison), as: UTF8.self) + "\n"
    }

    private struct Comparison: Encodable {
        let patienceSeconds: Double
        let runs: [Run]

        enum CodingKeys: String, CodingKey {
            case runs
            case patienceSeconds = "patience_s"
        }
    }

    private struct Run: Encodable {
        let run: String
        let strategy: String
        let verdict: String
        let durationSeconds: Double
        let probes: [Felt]

        enum CodingKeys: String, CodingKey {
            case run, strategy, verdict, probes
            case durationSeconds = "duration_s"
        }

        init(_ analysis: RunAnalysis, patience: Double) {
            run = analysis.conditions.identifier
            strategy = analysis.conditions.strategy
            verdict = analysis.verdict.rawValue
            durationSeconds = DurationText.rounded(analysis.durationSeconds)
            probes = analysis.probes.compactMap { probe in
                guard probe.samples > 0, let client = probe.client(patience: patience) else { return nil }
                return Felt(probe: probe.specification.name, client: ClientSummary(client))
            }
        }
    }

    /// What clients felt of a probe: the numbers of the report, and the probe's name beside them.
    private struct Felt: Encodable {
        let probe: String
        let client: ClientSummary

        private enum CodingKeys: String, CodingKey { case probe }

        func encode(to encoder: any Encoder) throws {
            try client.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(probe, forKey: .probe)
        }
    }
}
