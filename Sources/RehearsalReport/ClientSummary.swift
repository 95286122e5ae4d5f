import RehearsalHistory
import RehearsalModel

/// What clients of one patience felt of one probe's target, in numbers; seconds are rounded to milliseconds.
struct ClientSummary: Encodable, Sendable, Hashable {
    /// How long the client waits for an answer.
    var patienceSeconds: Double
    /// The outages.
    var outages: Int
    /// The least length of the longest outage.
    var longestLoSeconds: Double
    /// The greatest length that any outage may have had.
    var longestHiSeconds: Double
    /// The least length of all outages together.
    var totalLoSeconds: Double
    /// The greatest length of all outages together.
    var totalHiSeconds: Double

    enum CodingKeys: String, CodingKey {
        case outages
        case patienceSeconds = "patience_s"
        case longestLoSeconds = "longest_lo_s"
        case longestHiSeconds = "longest_hi_s"
        case totalLoSeconds = "total_lo_s"
        case totalHiSeconds = "total_hi_s"
    }

    init(_ folded: FoldedProbe) {
        patienceSeconds = folded.patienceSeconds
        outages = folded.outages.count
        longestLoSeconds = DurationText.rounded(folded.outages.map(\.loSeconds).max() ?? 0)
        longestHiSeconds = DurationText.rounded(folded.outages.map(\.hiSeconds).max() ?? 0)
        totalLoSeconds = DurationText.rounded(folded.totalLoSeconds)
        totalHiSeconds = DurationText.rounded(folded.totalHiSeconds)
    }
}
