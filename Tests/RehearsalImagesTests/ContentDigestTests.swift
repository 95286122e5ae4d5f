import Foundation
import Testing

@testable import RehearsalImages

@Suite("content digest")
struct ContentDigestTests {
    private func digest(_ build: (inout ContentDigest) throws -> Void) rethrows -> String {
        var digest = ContentDigest()
        try build(&digest)
        return digest.finalized()
    }

    @Test("neighbouring texts do not run together")
    func boundaries() {
        let left = digest {
            $0.add("a", "bc")
            $0.add("d", "")
        }
        let right = digest {
            $0.add("a", "b")
            $0.add("cd", "")
        }
        #expect(left != right)
        #expect(
            left
                == digest {
                    $0.add("a", "bc")
                    $0.add("d", "")
                })
    }

    @Test("content, mode, name and link target of every file count")
    func trees() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("digest-\(UUID())")
        defer { try? FileManager.default.removeItem(at: root) }
        try FileManager.default.createDirectory(at: root.appendingPathComponent("sub"), withIntermediateDirectories: true)
        let file = root.appendingPathComponent("sub/file")
        try Data("one".utf8).write(to: file)
        func now() throws -> String { try digest { try $0.add("tree", tree: root) } }
        let first = try now()
        #expect(try now() == first)
        try Data("two".utf8).write(to: file)
        let second = try now()
        #expect(second != first)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        let third = try now()
        #expect(third != second)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: file.path)
        #expect(try now() == third, "a clone made with umask 077 has the same images")
        try FileManager.default.createSymbolicLink(atPath: root.appendingPathComponent("link").path, withDestinationPath: "sub/file")
        #expect(try now() != third)
    }
}
