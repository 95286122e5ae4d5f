import Foundation
import RehearsalTesting
import Testing

@testable import RehearsalHost

@Suite("priorities given from outside")
struct ThreadPriorityTests {
    @Test("only threads of that name, of processes with that word, are meant")
    func meant() throws {
        let scratch = Scratch()
        func thread(_ process: String, _ line: String, _ thread: String, _ name: String) throws {
            let folder = scratch.url.appendingPathComponent("\(process)/task/\(thread)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(line.utf8).write(to: scratch.url.appendingPathComponent("\(process)/cmdline"))
            try Data((name + "\n").utf8).write(to: folder.appendingPathComponent("comm"))
        }
        // Numbers that no thread has, so that nobody's priority changes; which were tried is what counts.
        try thread("4194301", "rehearse\0recorder\0/run/a.json\0", "4194302", "rehearsal-probe")
        try thread("4194301", "rehearse\0recorder\0/run/a.json\0", "4194303", "rehearsal-write")
        try thread("4194304", "rehearse\0recorder\0/run/b.json\0", "4194305", "rehearsal-probe")
        func found(_ word: String) -> [Int32] {
            ThreadPriority.threads(ofProcessesWith: word, named: "rehearsal-probe", proc: scratch.url.path)
        }
        #expect(found("/run/a.json") == [4_194_302])
        #expect(found("/run/") == [])
        #expect(ThreadPriority.raise(processesWith: "/run/a.json", threads: "rehearsal-probe", proc: scratch.url.path) == 0)
    }
}
