import Foundation
import RehearsalHost
import RehearsalModel
import RehearsalTestbed
import Testing

@testable import RehearsalKeeper

@Suite("keeper's files, and how it is launched", .timeLimit(.minutes(1)))
struct KeeperFilesTests {
    private func directory() throws -> String {
        let directory = NSTemporaryDirectory() + "/files-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        return directory
    }

    /// Leaves a socket nobody listens on.
    private func leaveSocket(in directory: String) throws {
        let script = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, directory + "/" + KeeperFiles.socket]
        try process.run()
        process.waitUntilExit()
    }

    @Test("a stale socket is reported and removed")
    func staleSocket() throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try leaveSocket(in: directory)
        let stale = #expect(throws: TestbedError.self) { _ = try KeeperClient.connect(directory: directory) }
        #expect(stale?.code == .gone)
        #expect(stale?.message.hasPrefix("the testbed's keeper is gone") == true)
        #expect(!FileManager.default.fileExists(atPath: directory + "/" + KeeperFiles.socket))
        let none = #expect(throws: TestbedError.self) { _ = try KeeperClient.connect(directory: directory) }
        #expect(none?.code == .notFound)
    }

    @Test("the socket of a keeper that starts is left alone")
    func starting() throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try leaveSocket(in: directory)
        let lock = try KeeperLock.take(directory: directory)
        let error = #expect(throws: TestbedError.self) { _ = try KeeperClient.connect(directory: directory) }
        #expect(error?.code == .gone)
        #expect(FileManager.default.fileExists(atPath: directory + "/" + KeeperFiles.socket))
        withExtendedLifetime(lock) {}
    }

    @Test("a directory has one keeper")
    func single() async throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let claim = try KeeperClaim.make(directory: directory)
        let second = #expect(throws: TestbedError.self) { _ = try KeeperClaim.make(directory: directory) }
        #expect(second?.code == .alreadyUp)
        let launched = await #expect(throws: TestbedError.self) {
            _ = try await KeeperLauncher(arguments: ["true"]).launch(
                .init(name: "t", directory: directory, accelerator: .tcg, connection: "test:///default"))
        }
        #expect(launched?.code == .alreadyUp)
        #expect(claim.isReachable)
        try FileManager.default.removeItem(atPath: directory)
        #expect(!claim.isReachable)
    }

    @Test("a keeper that dies at once is an error with its last words")
    func dead() async throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let error = await #expect(throws: TestbedError.self) {
            _ = try await KeeperLauncher(arguments: ["sh", "-c", "echo cannot do it >&2; exit 9"]).launch(
                .init(name: "t", directory: directory, accelerator: .tcg, connection: "test:///default"))
        }
        #expect(error?.message == "the keeper of testbed 't' ended with status 9: cannot do it")
        #expect(error?.hint?.contains(KeeperFiles.log) == true)
        // Nothing holds the directory any more; what other tests have just forked does until it is another program.
        var claim: KeeperClaim?
        for _ in 0..<100 where claim == nil {
            claim = try? KeeperClaim.make(directory: directory)
            if claim == nil { try await Task.sleep(for: .milliseconds(20)) }
        }
        #expect(claim != nil)
    }

    @Test("a keeper that is never ready is ended")
    func neverReady() async throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let error = await #expect(throws: TestbedError.self) {
            _ = try await KeeperLauncher(arguments: ["sh", "-c", "exec sleep 60"], timeout: 0.5).launch(
                .init(name: "t", directory: directory, accelerator: .tcg, connection: "test:///default"))
        }
        #expect(error?.code == .timeout)
    }
}
