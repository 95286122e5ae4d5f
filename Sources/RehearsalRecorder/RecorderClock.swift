import RehearsalHost
import RehearsalModel

/// Readings of the host's monotonic clock, in nanoseconds.
enum MonotonicClock {
    static var now: Int64 { HostClock.monotonicNanoseconds() }
}

/// Turns monotonic readings into UTC with an offset taken once, so that a stepped wall clock cannot reorder samples.
struct WallClock: Sendable {
    private let offset: Int64

    /// Takes the given offset, or one that is measured now.
    init(offset given: Int64? = nil) { offset = given ?? HostClock.measuredOffset() }

    func timestamp(_ monotonic: Int64) -> Timestamp {
        Timestamp(nanoseconds: monotonic &+ offset)
    }
}

let nanosecondsPerSecond: Int64 = 1_000_000_000
let nanosecondsPerMillisecond: Int64 = 1_000_000

/// Nanoseconds as short text in milliseconds or seconds.
func durationText(_ nanoseconds: Int64) -> String { DurationText.measured(nanoseconds: nanoseconds) }
