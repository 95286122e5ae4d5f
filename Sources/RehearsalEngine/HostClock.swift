import Glibc
public import RehearsalHistory

/// The host's clock, as events are stamped with: UTC read once, when the process first asks, and from then on the monotonic clock.
///
/// So a step of the host's wall clock (seen: 20 minutes forth and back within a run) changes no duration and no order.
public enum HostClock {
    private static let anchor: (utc: Int64, monotonic: Int64) = (read(CLOCK_REALTIME), read(CLOCK_MONOTONIC))

    /// Now, in UTC.
    public static func now() -> Timestamp {
        Timestamp(nanoseconds: anchor.utc &+ (read(CLOCK_MONOTONIC) &- anchor.monotonic))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Waits; cancellation ends the wait with an error.
func pause(seconds: Double) async throws {
    try await Task.sleep(nanoseconds: UInt64(max(0, seconds) * 1e9))
}
