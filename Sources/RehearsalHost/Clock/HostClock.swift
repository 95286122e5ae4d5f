import Foundation
import Glibc
public import RehearsalModel
import Synchronization

/// The host's clocks.
///
/// Events and samples are stamped with UTC as the monotonic clock plus an offset. The offset is measured when it is first needed, until
/// ``adopt(offset:)`` replaces it by that of a run. So a step of the wall clock changes no duration and no order.
public enum HostClock {
    private static let offset = Mutex(measuredOffset())

    /// Uses the offset that all processes of a run share, from now on.
    ///
    /// - Parameter nanoseconds: UTC minus the monotonic clock, in nanoseconds.
    public static func adopt(offset nanoseconds: Int64) { offset.withLock { $0 = nanoseconds } }

    /// Now, in UTC: the monotonic clock plus the offset.
    public static func now() -> Timestamp { time(ofMonotonic: monotonicNanoseconds()) }

    /// The instant, in UTC, of a reading of the host's monotonic clock in nanoseconds, by whatever process.
    public static func time(ofMonotonic nanoseconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: offset.withLock { $0 } &+ nanoseconds)
    }

    /// Now, in UTC, as the wall clock says, which may be stepped at any time.
    public static func wall() -> Timestamp { Timestamp(nanoseconds: read(CLOCK_REALTIME)) }

    /// Nanoseconds of the clock that only moves forward; it is the same for all processes of the host.
    public static func monotonicNanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Seconds of the clock that only moves forward.
    public static func monotonicSeconds() -> Double { Double(monotonicNanoseconds()) / 1e9 }

    /// UTC minus the monotonic clock, in nanoseconds, by the tightest of several paired readings.
    public static func measuredOffset() -> Int64 {
        var (narrowest, offset) = (Int64.max, Int64(0))
        for _ in 0..<16 {
            let before = read(CLOCK_MONOTONIC)
            let wall = read(CLOCK_REALTIME)
            let width = read(CLOCK_MONOTONIC) - before
            if width < narrowest { (narrowest, offset) = (width, wall - (before + width / 2)) }
        }
        return offset
    }

    /// What the kernel calls this boot of the host; `unknown` if it does not say.
    public static func bootID() -> String {
        FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id")
            .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) } ?? "unknown"
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
