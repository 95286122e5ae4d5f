import Foundation
import RehearsalHost
import RehearsalTesting
import Testing

@Suite("files that are written without end")
struct EndlessFileTests {
    @Test("a file gives back all but its end, and what is written and read there stays in its place")
    func givesBack() throws {
        let scratch = Scratch()
        let url = scratch.url.appendingPathComponent("console")
        try Data(repeating: 65, count: 3 << 20).write(to: url)
        let file = EndlessFile(path: url.path, mostBytes: 2 << 20, keptBytes: 1 << 20)
        #expect(try file.giveBack())
        var status = stat()
        #expect(stat(url.path, &status) == 0)
        #expect(status.st_size == 3 << 20)
        #expect(Int(status.st_blocks) * 512 <= (1 << 20) + 8192)
        let content = try Data(contentsOf: url)
        #expect(content.prefix(4096) == Data(count: 4096) && content.suffix(4096) == Data(repeating: 65, count: 4096))
        #expect(try !file.giveBack(), "it takes no more than it may")
    }

    @Test("a file that is not there, or is small, is left alone")
    func leavesAlone() throws {
        let scratch = Scratch()
        let url = scratch.url.appendingPathComponent("console")
        let file = EndlessFile(path: url.path, mostBytes: 2 << 20, keptBytes: 1 << 20)
        #expect(try !file.giveBack())
        try Data(repeating: 65, count: 1 << 20).write(to: url)
        #expect(try !file.giveBack())
        #expect(try Data(contentsOf: url).first == 65)
    }
}
