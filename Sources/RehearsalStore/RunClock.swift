import Foundation
import Glibc
import RehearsalHistory

/// How all processes of a run agree on the time: UTC is the host's monotonic clock plus an offset that the run's store holds.
///
/// So a step of the host's wall clock (seen: 20 minutes forth and back within a run) changes no duration and no order, also when the
/// engine or the recorder is started anew in between. The offset is measured once for each boot of the host.
public enum RunClock {
    /// The offset of a run on this boot of the host, in nanoseconds; measured and kept if this is its first process.
    public static func offset(of store: RunStore) throws -> Int64 {
        let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? "unknown"
        let key = RunMetadata.clockOffsetKey(boot: boot.trimmingCharacters(in: .whitespacesAndNewlines))
        if let known = try store.metadata()[key].flatMap({ Int64($0) }) { return known }
        let measured = measuredOffset()
        try store.setMetadata([key: "\(measured)"])
        return measured
    }

    /// UTC minus the monotonic clock now, in nanoseconds.
    public static func measuredOffset() -> Int64 { read(CLOCK_REALTIME) - read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
