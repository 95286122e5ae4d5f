import CLinux
import RehearsalHost

/// How the recorder's threads are scheduled.
enum Scheduling {
    /// What a thread without any priority got.
    static let ordinary = "normal"

    /// Whether the calling thread goes before ordinary ones, because it could ask for that or because the engine gave it that.
    static var isRaised: Bool { uptime_thread_is_raised() != 0 }

    /// Asks for a policy for the calling thread and says what it got.
    static func apply(_ priority: RecorderConfiguration.Priority) -> String {
        if priority != .normal { uptime_thread_name(ThreadPriority.recorderThread) }
        if priority == .realtime, uptime_thread_realtime(0, 10) == 0 { return "SCHED_FIFO 10" }
        if priority != .normal, uptime_thread_nice(-10) == 0 { return "nice -10" }
        return ordinary
    }
}
