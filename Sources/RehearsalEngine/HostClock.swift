import Glibc
public import RehearsalHistory

/// The host's clock, as events are stamped with.
public enum HostClock {
    /// Now, in UTC.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }
}

/// Waits; cancellation ends the wait with an error.
func pause(seconds: Double) async throws {
    try await Task.sleep(nanoseconds: UInt64(max(0, seconds) * 1e9))
}
