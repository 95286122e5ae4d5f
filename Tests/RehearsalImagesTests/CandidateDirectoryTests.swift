import Foundation
import RehearsalModel
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

    @Test("a directory that changes nothing is refused, and each file has its reason")
    func nothingNewer() throws {
        let root = try folder(["haproxy_2.6.1-1_amd64.deb": "", "unknown_1_all.deb": "", "readme.txt": ""])
        defer { try? FileManager.default.removeItem(at: root) }
        let error = ImageBuilder.nothingToUpdate(.directory(root.path), held: [[PackageVersion(name: "haproxy", version: "2.6.12-1")]])
        #expect(error.code == .candidate)
        #expect(
            error.message.split(separator: "\n").dropFirst() == [
                "\(root.path)/haproxy_2.6.1-1_amd64.deb: images hold haproxy 2.6.12-1, and this is not newer, or cannot be installed",
                "\(root.path)/unknown_1_all.deb: no image holds unknown",
            ])
        #expect(ImageBuilder.nothingToUpdate(.securityUpdates, held: []).code == .nothingToUpdate)
    }
}
