import RehearsalModel
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
        try FileManager.default.createSymbolicLink(atPath: root.appendingPathComponent("link").path, withDestinationPath: "sub/file")
        #expect(try now() != third)
    }
}

@Suite("package lists")
struct PackageListTests {
    @Test("an apt simulation is read to names and versions")
    func simulation() {
        let text = """
            NOTE: This is only a simulation!
            Inst libc6 (2.36-9+deb12u10 Debian:12.11/stable [amd64])
            Inst haproxy [2.6.12-1] (2.6.12-1+deb12u3 Debian:12.11/stable [amd64]) []
            Conf libc6 (2.36-9+deb12u10 Debian:12.11/stable [amd64])
            """
        #expect(
            PackageArchive.parseSimulation(text) == [
                PackageVersion(name: "haproxy", version: "2.6.12-1+deb12u3"), PackageVersion(name: "libc6", version: "2.36-9+deb12u10"),
            ])
    }

    @Test("a delta is read, sorted, each change once")
    func delta() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("delta-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("openssl\t1\t2\topenssl\nhaproxy\t1\t2\thaproxy\nopenssl\t1\t2\topenssl\nbroken\n".utf8).write(to: file)
        #expect(
            try ImageBuilder.readDelta(file) == [
                PackageChange(name: "haproxy", from: "1", to: "2", source: "haproxy"),
                PackageChange(name: "openssl", from: "1", to: "2", source: "openssl"),
            ])
    }
}

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

@Suite("secrets")
struct SecretsTests {
    @Test("they are drawn once, for the owner alone")
    func once() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("secrets-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let first = try Secrets.loadOrCreate(file)
        #expect(try Secrets.loadOrCreate(file).values == first.values)
        #expect(Set(first.values.values).count == Secrets.names.count)
        #expect(first.values.values.allSatisfy { $0.count == 24 })
        #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o600)
    }

    @Test("a damaged file is an error with a remedy")
    func damaged() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("secrets-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("{".utf8).write(to: file)
        #expect(throws: ImageError.self) { try Secrets.loadOrCreate(file) }
    }
}
