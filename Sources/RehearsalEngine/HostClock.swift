import Glibc
public import RehearsalModel
public import RehearsalStore
import RehearsalTestbed
import Synchronization

/// The host's clock, as events are stamped with: the monotonic clock plus an offset, that of the run once there is one.
public enum HostClock {
    private static let offset = Mutex(RunClock.measuredOffset())

    /// From now on counts as all processes of a run do; see ``RunClock``.
    public static func adopt(_ store: RunStore) throws {
        let adopted = try RunClock.offset(of: store)
        offset.withLock { $0 = adopted }
    }

    /// Now, in UTC.
    public static func now() -> Timestamp { time(ofMonotonic: monotonicNanoseconds()) }

    /// The instant, in UTC, of a reading of the host's monotonic clock in nanoseconds, by whatever process.
    static func time(ofMonotonic nanoseconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: offset.withLock { $0 } &+ nanoseconds)
    }
}

/// Waits; cancellation ends the wait with an error.
func pause(seconds: Double) async throws {
    try await Task.sleep(nanoseconds: UInt64(max(0, seconds) * 1e9))
}
