import CLinux
internal import RehearsalModel

/// Readings of `CLOCK_MONOTONIC`, in nanoseconds.
enum MonotonicClock {
    static var now: Int64 { uptime_monotonic() }
}

/// Turns monotonic readings into UTC with an offset taken once, so that a stepped wall clock cannot reorder samples.
struct WallClock: Sendable {
    private let offset: Int64

    /// Takes the given offset, or that of the tightest of several paired readings.
    init(offset given: Int64? = nil) {
        if let given {
            offset = given
            return
        }
        var best = Int64.max
        var offset: Int64 = 0
        for _ in 0..<16 {
            let before = uptime_monotonic()
            let wall = uptime_realtime()
            let after = uptime_monotonic()
            if after - before < best {
                best = after - before
                offset = wall - (before + (after - before) / 2)
            }
        }
        self.offset = offset
    }

    func timestamp(_ monotonic: Int64) -> Timestamp {
        Timestamp(nanoseconds: monotonic &+ offset)
    }
}

let nanosecondsPerSecond: Int64 = 1_000_000_000
let nanosecondsPerMillisecond: Int64 = 1_000_000

/// Nanoseconds as short text in milliseconds or seconds.
func durationText(_ nanoseconds: Int64) -> String { DurationText.measured(nanoseconds: nanoseconds) }
