import CLinux

/// How the recorder's threads are scheduled.
enum Scheduling {
    /// What a thread without any priority got.
    static let ordinary = "normal"

    /// Asks for a policy for the calling thread and says what it got.
    static func apply(_ priority: RecorderConfiguration.Priority) -> String {
        if priority == .realtime, uptime_thread_realtime(10) == 0 { return "SCHED_FIFO 10" }
        if priority != .normal, uptime_thread_nice(-10) == 0 { return "nice -10" }
        return ordinary
    }
}
