/// Neighbouring places of an axis that are in one state.
public struct PlacedState: Hashable, Sendable {
    /// The state.
    public var state: ProbeState
    /// The first place.
    public var first: Int
    /// The last place.
    public var last: Int

    /// Puts spans onto the places of an axis, the worst state of each place winning, and joins neighbours.
    ///
    /// - Parameters:
    ///   - spans: Their beginnings and ends as parts of the axis, from 0 to 1. One without length takes a place.
    ///   - count: How many places the axis has.
    public static func join(_ spans: some Sequence<(state: ProbeState, from: Double, to: Double)>, places count: Int) -> [PlacedState] {
        let ranked: [ProbeState] = [.up, .unknown, .slow, .failed]
        var worst = [Int](repeating: -1, count: count)
        for span in spans {
            let rank = ranked.firstIndex(of: span.state) ?? 0
            let low = min(count - 1, max(0, Int((span.from * Double(count)).rounded(.down))))
            let high = min(count - 1, max(low, Int((span.to * Double(count)).rounded(.up)) - 1))
            for index in low...high where worst[index] < rank { worst[index] = rank }
        }
        var placed: [PlacedState] = []
        for (index, rank) in worst.enumerated() where rank >= 0 {
            if let last = placed.last, last.state == ranked[rank], last.last == index - 1 {
                placed[placed.count - 1].last = index
            } else {
                placed.append(PlacedState(state: ranked[rank], first: index, last: index))
            }
        }
        return placed
    }
}
