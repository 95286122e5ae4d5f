import Glibc

/// Makes a machine's QEMU give way to a recorder that got no priority of its own.
///
/// An ordinary user may not raise the recorder, but may lower its own guests: their threads' nice values, which count within a session, and
/// the nice value of their session (`/proc/PID/autogroup`, sched(7)), which counts between sessions. Guests that nobody else competes with
/// run as fast as before.
enum GuestYield {
    /// The nice value of guests: their share is a tenth of the recorder's whenever both want to run.
    static let nice: Int32 = 10

    /// Lowers a process and its threads; what the kernel does not permit stays as it is.
    ///
    /// - Parameters:
    ///   - process: Its number.
    ///   - threads: The numbers of its threads.
    ///   - proc: Where the process file system is.
    static func apply(to process: Int32, threads: [Int32], proc: String = "/proc") {
        for thread in threads { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(thread), nice) }
        // The recorder's own session must not be lowered with it.
        guard getsid(process) != getsid(0) else { return }
        let file = open("\(proc)/\(process)/autogroup", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        let text = "\(nice)"
        _ = text.withCString { write(file, $0, text.utf8.count) }
    }
}
