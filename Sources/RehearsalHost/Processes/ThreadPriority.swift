import CLinux
import Foundation

/// Priorities that processes in a user namespace cannot give themselves.
public enum ThreadPriority {
    /// What threads of a recorder are called that go before ordinary ones, in `/proc/PID/task/TID/comm`.
    public static let recorderThread = "rehearsal-probe"

    /// Has threads of other processes go before all ordinary ones (`SCHED_FIFO`), as far as this process may.
    ///
    /// - Parameters:
    ///   - word: A word of the command line of those processes.
    ///   - name: What those threads are called.
    /// - Returns: How many threads were raised.
    public static func raise(processesWith word: String, threads name: String, proc: String = "/proc") -> Int {
        threads(ofProcessesWith: word, named: name, proc: proc).count { uptime_thread_realtime($0, 10) == 0 }
    }

    static func threads(ofProcessesWith word: String, named name: String, proc: String) -> [Int32] {
        entries(proc).flatMap { process -> [Int32] in
            guard let line = FileManager.default.contents(atPath: "\(proc)/\(process)/cmdline"),
                line.split(separator: 0).contains(where: { $0.elementsEqual(word.utf8) })
            else { return [] }
            return entries("\(proc)/\(process)/task").compactMap { thread in
                let called = FileManager.default.contents(atPath: "\(proc)/\(process)/task/\(thread)/comm")
                return called?.elementsEqual("\(name)\n".utf8) == true ? Int32(thread) : nil
            }
        }
    }

    private static func entries(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.allSatisfy(\.isNumber) }
    }
}
