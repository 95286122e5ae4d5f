import CLinux
import Foundation

/// Priorities that processes in a user namespace cannot give themselves.
public enum ThreadPriority {
    /// Has threads of other processes go before all ordinary ones (`SCHED_FIFO`), as far as this process may.
    ///
    /// - Parameters:
    ///   - word: A word of the command line of those processes.
    ///   - isMeant: Whether a thread of that name is meant.
    /// - Returns: How many threads were raised.
    public static func raise(processesWith word: String, threads isMeant: (String) -> Bool, proc: String = "/proc") -> Int {
        var raised = 0
        for process in entries(proc) {
            guard let line = FileManager.default.contents(atPath: "\(proc)/\(process)/cmdline"),
                line.split(separator: 0).contains(where: { $0.elementsEqual(word.utf8) })
            else { continue }
            for thread in entries("\(proc)/\(process)/task") {
                let name = FileManager.default.contents(atPath: "\(proc)/\(process)/task/\(thread)/comm") ?? Data()
                guard isMeant(String(decoding: name, as: UTF8.self).trimmingCharacters(in: .newlines)), let number = Int32(thread) else {
                    continue
                }
                if uptime_thread_realtime(number, 10) == 0 { raised += 1 }
            }
        }
        return raised
    }

    private static func entries(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.allSatisfy(\.isNumber) }
    }
}
