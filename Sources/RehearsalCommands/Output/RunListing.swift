import RehearsalHistory
import RehearsalModel
import RehearsalReport
import RehearsalStore

/// The runs of a state directory, oldest first.
struct RunListing: Listing, Encodable {
    struct Run: Encodable {
        let run: String
        let directory: String
        let scenario: String
        let strategy: String
        /// `running`, `ended`, `interrupted`, `newer` or `damaged`.
        let state: String
        /// `pass`, `unknown` or `fail`; null when it was not judged.
        @Nullable var verdict: String?
        @Nullable var start: String?
        @Nullable var end: String?
        @Nullable var durationSeconds: Double?
        let bytes: Int64
        let checkpointBytes: Int64

        enum CodingKeys: String, CodingKey {
            case run, directory, scenario, strategy, state, verdict, start, end, bytes
            case durationSeconds = "duration_s"
            case checkpointBytes = "checkpoint_bytes"
        }
    }

    let runs: [Run]

    init(_ summaries: [RunSummary]) {
        runs = summaries.map { summary in
            Run(
                run: summary.identifier, directory: summary.directory, scenario: summary.scenario, strategy: summary.strategy,
                state: summary.state.rawValue, verdict: summary.verdict?.rawValue, start: summary.started?.iso8601,
                end: summary.ended?.iso8601,
                durationSeconds: summary.durationSeconds,
                bytes: summary.bytes, checkpointBytes: summary.checkpointBytes)
        }
    }

    var table: String {
        runs.map { run in
            let length = run.durationSeconds?.spoken ?? "-"
            return "\(run.run)  \(run.scenario) \(run.strategy)  \(run.verdict ?? run.state)  \(length)  \(run.bytes.sizeText)\n"
        }.joined()
    }

    /// The names alone, one on each line.
    var names: String { runs.map { $0.run + "\n" }.joined() }
}
