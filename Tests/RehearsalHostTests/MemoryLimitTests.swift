import Foundation
import RehearsalTesting
import Testing

@testable import RehearsalHost

@Suite("memory in control groups")
final class MemoryLimitTests {
    private let scratch = Scratch()

    private func group(_ path: String, max: String, current: Int = 0, cached: Int = 0) throws {
        let folder = scratch.url.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(max.utf8).write(to: folder.appendingPathComponent("memory.max"))
        try Data("\(current)\n".utf8).write(to: folder.appendingPathComponent("memory.current"))
        try Data("anon 5\ninactive_file \(cached)\n".utf8).write(to: folder.appendingPathComponent("memory.stat"))
    }

    private func available(_ membership: String?) -> Int? { MemoryLimit.availableMiB(root: scratch.url.path, membership: membership) }

    @Test("the tightest group on the way up decides, and what it can give back counts")
    func tightest() throws {
        try group("outer", max: "\(3 << 30)\n", current: 2 << 30, cached: 512 << 20)
        try group("outer/inner", max: "max\n", current: 1 << 30)
        try group("outer/inner/most", max: "\(2 << 30)\n", current: 64 << 20)
        #expect(available("0::/outer/inner/most\n") == 1536)
    }

    @Test("a group that uses more than it may leaves nothing")
    func over() throws {
        try group("g", max: "\(1 << 20)\n", current: 5 << 20)
        #expect(available("0::/g\n") == 0)
    }

    @Test("without a limit, or without control groups, there is none", arguments: ["0::/g\n", "0::/not/there\n", "1:cpu:/g\n", nil])
    func none(_ membership: String?) throws {
        try group("g", max: "max\n")
        #expect(available(membership) == nil)
    }
}
