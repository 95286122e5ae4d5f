import Foundation
import RehearsalHost
import RehearsalTesting
import Testing

@Suite("private files")
struct PrivateFileTests {
    @Test("they take the place of what was there, for their owner alone, and leave nothing else")
    func replaces() throws {
        let scratch = Scratch()
        let file = scratch.url.appendingPathComponent("secret")
        try Data("old".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        let content = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
        try PrivateFile.replace(file, with: content)
        #expect(try Data(contentsOf: file) == content)
        #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["secret"])
    }

    @Test("what cannot be written is an error with the system's reason")
    func fails() {
        let file = URL(fileURLWithPath: "/proc/secret")
        let error = #expect(throws: HostError.self) { try PrivateFile.replace(file, with: Data()) }
        #expect(error?.message.hasPrefix("cannot write /proc/secret: ") == true)
    }
}
