import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// What the host of the machines did to them, and so to what the recorder saw.
struct HostSection: ReportSection {
    /// The part of the time from which on a saturated host is worth a line at the head of every report.
    private static let worthSaying = 0.05

    /// What a reader has to know of the host before anything else; nil when it was idle enough, or was not watched.
    static func warning(_ analysis: RunAnalysis) -> String? {
        let host = analysis.host
        guard host.seconds > 0, host.saturatedSeconds >= worthSaying * host.seconds else { return nil }
        let ratio = host.ranSeconds > 0 ? DurationText.number((host.waitedSeconds / host.ranSeconds * 10).rounded() / 10) : "?"
        return "This host was saturated for \(DurationText.elapsed(host.saturatedSeconds)) of \(DurationText.elapsed(host.seconds)): "
            + "machines waited for a processor \(ratio) times as long as they ran. "
            + "Slow answers that this can explain count as unknown; a faster host would tell more."
    }

    struct Host: Encodable {
        /// How long the host was watched.
        var watchedSeconds: Double
        /// How long some task of it waited for a processor nearly all the time.
        var saturatedSeconds: Double
        /// How long the machines' processors ran, all together.
        var ranSeconds: Double
        /// How long the machines' threads waited to be let run, all together.
        var waitedSeconds: Double
        /// Processor time that went to others than this host.
        var stolenSeconds: Double
        /// The least free space on the disk of the run.
        var leastFreeBytes: Int64?

        enum CodingKeys: String, CodingKey {
            case watchedSeconds = "watched_s"
            case saturatedSeconds = "saturated_s"
            case ranSeconds = "ran_s"
            case waitedSeconds = "waited_s"
            case stolenSeconds = "stolen_s"
            case leastFreeBytes = "least_free_bytes"
        }
    }

    func json(_ analysis: RunAnalysis) -> [String: any Encodable] {
        let host = analysis.host
        return [
            "host": Host(
                watchedSeconds: DurationText.rounded(host.seconds), saturatedSeconds: DurationText.rounded(host.saturatedSeconds),
                ranSeconds: DurationText.rounded(host.ranSeconds), waitedSeconds: DurationText.rounded(host.waitedSeconds),
                stolenSeconds: DurationText.rounded(host.stolenSeconds), leastFreeBytes: host.leastFreeBytes)
        ]
    }

    func text(_ analysis: RunAnalysis, _ terminal: TextTerminal) -> [String] {
        guard let warning = Self.warning(analysis) else { return [] }
        return [terminal.style.yellow("host: ") + warning]
    }
}
