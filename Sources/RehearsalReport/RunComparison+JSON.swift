import Foundation
import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
import RehearsalModel

extension RunComparison {
    /// The comparison as JSON, for programs: for each run what clients of the patience felt of each of its probes.
    public func json() throws -> String {
        struct Felt: Encodable {
            let probe: String
            let outages: Int
            let longestLoSeconds, longestHiSeconds, totalLoSeconds, totalHiSeconds: Double
            enum CodingKeys: String, CodingKey {
                case probe, outages
                case longestLoSeconds = "longest_lo_s"
                case longestHiSeconds = "longest_hi_s"
                case totalLoSeconds = "total_lo_s"
                case totalHiSeconds = "total_hi_s"
            }
        }
        struct Run: Encodable {
            let run, strategy, verdict: String
            let durationSeconds: Double
            let probes: [Felt]
            enum CodingKeys: String, CodingKey {
                case run, strategy, verdict, probes
                case durationSeconds = "duration_s"
            }
        }
        struct Comparison: Encodable {
            let patienceSeconds: Double
            let runs: [Run]
            enum CodingKeys: String, CodingKey {
                case runs
                case patienceSeconds = "patience_s"
            }
        }
        let comparison = Comparison(
            patienceSeconds: patienceSeconds,
            runs: runs.map { run in
                Run(
                    run: run.conditions.identifier, strategy: run.conditions.strategy, verdict: run.verdict.rawValue,
                    durationSeconds: DurationText.rounded(run.durationSeconds),
                    probes: run.probes.compactMap { probe in
                        guard probe.samples > 0, let client = probe.folded(patience: patienceSeconds).map(ClientSummary.init) else { return nil }
                        return Felt(
                            probe: probe.specification.name, outages: client.outages, longestLoSeconds: client.longestLoSeconds,
                            longestHiSeconds: client.longestHiSeconds, totalLoSeconds: client.totalLoSeconds,
                            totalHiSeconds: client.totalHiSeconds)
                    })
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(comparison), as: UTF8.self) + "\n"
    }
}
