import Glibc

/// What the kernel counts of one thread's turns on a processor (`/proc/PID/task/TID/schedstat`).
struct SchedulerStatistics {
    /// How long it ran, in nanoseconds.
    var ran: Int64 = 0
    /// How long it could have run and was not let, in nanoseconds.
    var waited: Int64 = 0

    /// Opens the file of a thread; negative if it is not there.
    static func open(_ path: String) -> Int32 { Glibc.open(path, O_RDONLY | O_CLOEXEC) }

    /// Reads an open file; what cannot be read counts as nothing.
    init(_ file: Int32) {
        guard file >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 96)
        let count = pread(file, &buffer, buffer.count, 0)
        guard count > 0 else { return }
        let fields = buffer[0..<count].split { $0 == 32 || $0 == 10 }
        guard fields.count > 1 else { return }
        func number(_ digits: ArraySlice<UInt8>) -> Int64 { digits.reduce(0) { $0 &* 10 &+ Int64($1 &- 48) } }
        (ran, waited) = (number(fields[0]), number(fields[1]))
    }
}
