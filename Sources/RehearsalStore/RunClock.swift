import RehearsalHistory
public import RehearsalHost

/// How all processes of a run agree on the time: UTC is the host's monotonic clock plus an offset that the run's store holds.
///
/// So a step of the host's wall clock (20 minutes forth and back within a run were seen) changes no duration and no order, also when the
/// engine or the recorder is started again in between. The offset is measured once for each boot of the host.
public enum RunClock {
    /// The offset of a run on this boot of the host, in nanoseconds; measured and kept if this is its first process.
    public static func offset(of store: RunStore) throws -> Int64 {
        let key = RunMetadata.clockOffsetKey(boot: HostClock.bootID())
        if let known = try store.metadata()[key].flatMap({ Int64($0) }) { return known }
        let measured = HostClock.measuredOffset()
        try store.setMetadata([key: "\(measured)"])
        return measured
    }
}

extension HostClock {
    /// Makes this process tell the time from now on as all other processes of the run do; see ``RunClock``.
    public static func adopt(_ store: RunStore) throws { adopt(offset: try RunClock.offset(of: store)) }
}
