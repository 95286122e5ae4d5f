import RehearsalHistory
import RehearsalModel

/// What clients of one patience felt of one probe's target, in numbers; seconds are rounded to milliseconds.
struct ClientSummary: Encodable, Sendable, Hashable {
    /// How long the client waits for an answer.
    var patienceSeconds: Double
    /// How often the target failed.
    var outages: Int
    /// The least length of the longest outage.
    var longestLoSeconds: Double
    /// The greatest length that any outage may have had.
    var longestHiSeconds: Double
    /// The least length of all outages together.
    var totalLoSeconds: Double
    /// The greatest length of all outages together.
    var totalHiSeconds: Double
    /// How often answers came too late for a while.
    var slow: Int
    /// The least length of the longest such stretch.
    var slowLongestLoSeconds: Double
    /// The greatest length that any such stretch may have had.
    var slowLongestHiSeconds: Double
    /// The longest that a right answer took; nil without one.
    var slowestSeconds: Double?

    enum CodingKeys: String, CodingKey {
        case outages, slow
        case patienceSeconds = "patience_s"
        case longestLoSeconds = "longest_lo_s"
        case longestHiSeconds = "longest_hi_s"
        case totalLoSeconds = "total_lo_s"
        case totalHiSeconds = "total_hi_s"
        case slowLongestLoSeconds = "slow_longest_lo_s"
        case slowLongestHiSeconds = "slow_longest_hi_s"
        case slowestSeconds = "slowest_s"
    }

    init(_ client: FeltByClient) {
        let (folded, slow) = (client.failed, client.slow)
        patienceSeconds = client.patienceSeconds
        outages = folded.outages.count
        longestLoSeconds = DurationText.rounded(folded.outages.map(\.loSeconds).max() ?? 0)
        longestHiSeconds = DurationText.rounded(folded.outages.map(\.hiSeconds).max() ?? 0)
        totalLoSeconds = DurationText.rounded(folded.totalLoSeconds)
        totalHiSeconds = DurationText.rounded(folded.totalHiSeconds)
        self.slow = slow.outages.count
        slowLongestLoSeconds = DurationText.rounded(slow.outages.map(\.loSeconds).max() ?? 0)
        slowLongestHiSeconds = DurationText.rounded(slow.outages.map(\.hiSeconds).max() ?? 0)
        slowestSeconds = client.slowestSeconds.map(DurationText.rounded)
    }
}
