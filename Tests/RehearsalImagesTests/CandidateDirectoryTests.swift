import Foundation
import Testing

@testable import RehearsalImages

@Suite("candidate directory")
struct CandidateDirectoryTests {
    private func folder(_ files: [String: String]) throws -> URL {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("candidate-\(UUID())")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: root.appendingPathComponent(name)) }
        return root
    }

    private func problem(_ body: () throws -> Void) -> ImageError? {
        do {
            try body()
            return nil
        } catch {
            return error as? ImageError
        }
    }

    @Test("a folder that is not there is named")
    func missing() {
        let error = problem { try CandidateDirectory.check(URL(fileURLWithPath: "/nonexistent/debs")) }
        #expect(error?.code == .candidate)
        #expect(error?.message == "the candidate directory /nonexistent/debs cannot be read")
    }

    @Test("a folder without packages is refused")
    func empty() throws {
        let root = try folder(["readme.txt": "hello"])
        defer { try? FileManager.default.removeItem(at: root) }
        #expect(problem { try CandidateDirectory.check(root) }?.message == "the candidate directory \(root.path) holds no .deb file")
    }

    @Test("every unreadable package is named at once")
    func unreadable() throws {
        let root = try folder(["a.deb": "not a package", "b.deb": "!<arch>\ndebian-binary   ", "c.deb": ""])
        defer { try? FileManager.default.removeItem(at: root) }
        let message = problem { try CandidateDirectory.check(root) }?.message
        #expect(message == "\(root.path)/a.deb: not a readable Debian package\n\(root.path)/c.deb: not a readable Debian package")
    }
}
