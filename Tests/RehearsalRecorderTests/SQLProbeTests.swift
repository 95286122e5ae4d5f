import Foundation
import RehearsalHistory
import RehearsalModel
import Testing

@testable import RehearsalRecorder

private let hasServer = FileManager.default.isExecutableFile(atPath: "/usr/sbin/mariadbd")

/// Against a real MariaDB server on loopback.
@Suite("SQL probe", .serialized, .enabled(if: hasServer, "the package mariadb-server is not installed"), .timeLimit(.minutes(5)))
struct SQLProbeTests {
    private final class Database {
        let server: ServerProcess
        let port: UInt16

        init() throws {
            server = try ServerProcess("mariadb")
            port = try TestServer.freePort()
            let data = server.directory.appendingPathComponent("data").path
            let (status, output) = try ServerProcess.run([
                "mariadb-install-db", "--no-defaults", "--user=root", "--datadir=\(data)",
                "--auth-root-authentication-method=normal", "--skip-test-db",
            ])
            guard status == 0 else { throw Impatient(description: output) }
            let script = server.directory.appendingPathComponent("init.sql")
            try """
            CREATE DATABASE rehearsal;
            CREATE USER probe@'127.0.0.1' IDENTIFIED BY 's3cret-word';
            GRANT ALL ON rehearsal.* TO probe@'127.0.0.1';
            """.write(to: script, atomically: true, encoding: .utf8)
            try start(script: script.path)
        }

        func start(script: String? = nil) throws {
            let data = server.directory.appendingPathComponent("data").path
            var arguments = [
                "/usr/sbin/mariadbd", "--no-defaults", "--user=root", "--datadir=\(data)", "--bind-address=127.0.0.1",
                "--port=\(port)", "--socket=\(server.directory.path)/socket", "--pid-file=\(server.directory.path)/pid",
                "--innodb-buffer-pool-size=16M", "--skip-name-resolve",
            ]
            if let script { arguments.append("--init-file=\(script)") }
            try server.start(arguments)
        }
    }

    private func probe(_ port: UInt16, _ more: [String: String] = [:]) -> ProbeSpecification {
        let settings = ["user": "probe", "password": "s3cret-word", "database": "rehearsal"].merging(more) { $1 }
        return ProbeSpecification(
            name: "database'; --", kind: "sql", target: "127.0.0.1:\(port)", periodMilliseconds: 100, settings: settings)
    }

    @Test("a row is written and read after the server was frozen, and after it died")
    func troubles() async throws {
        let database = try Database()
        defer { database.server.stop() }
        var fresh = probe(database.port, ["connection": "new", "timeout_s": "3", "rows": "3"])
        fresh.name = "new"
        var denied = probe(database.port, ["password": "an0ther-word"])
        denied.name = "denied"
        denied.periodMilliseconds = 500
        let both = [probe(database.port, ["timeout_s": "3"]), fresh]
        #expect(try await Recorder.proveAll(both, deadline: 120) == [])

        var frozen: Dark?
        var gone: Dark?
        var thawed = now()
        let samples = try await recorded(both + [denied]) { collector in
            try await wait("good samples", collector) { all in
                both.allSatisfy { probe in all.filter { $0.probe == probe.name && $0.outcome == .ok }.count >= 5 }
            }
            // A server that is frozen: attempts are answered when it goes on, from the time they were due.
            frozen = try await dark(seconds: 1.2) {
                database.server.signal(SIGSTOP)
            } on: {
                database.server.signal(SIGCONT)
            }
            thawed = now()
            try await wait("good samples again", collector) { all in
                both.allSatisfy { probe in all.contains { $0.probe == probe.name && $0.outcome == .ok && $0.start > thawed } }
            }
            // A server that dies and comes back.
            let begin = now()
            database.server.end()
            let begun = now()
            try await Task.sleep(for: .seconds(1))
            let end = now()
            try database.start()
            try await wait("good samples at last", collector) { all in
                both.allSatisfy { probe in all.contains { $0.probe == probe.name && $0.outcome == .ok && $0.start > end } }
            }
            gone = Dark(begin: (begin, begun), end: (end, now()))
        }
        let first = try #require(frozen)
        let second = try #require(gone)
        for probe in both {
            let own = samples.filter { $0.probe == probe.name }
            #expect(first.contradictions(in: own.filter { $0.start < thawed }) == [])
            #expect(second.contradictions(in: own.filter { $0.start > thawed && $0.start < second.end.0 }) == [])
            // Nothing is left out while one attempt is blocked: as many samples as were due.
            let inside = own.filter { $0.start > first.begin.1 && $0.start < first.end.0 }
            #expect(inside.count >= 9)
            #expect(second.inside(own).contains { $0.outcome == .refused })
            #expect(own.filter { $0.outcome == .ok }.allSatisfy { $0.detail?.isEmpty == false })
        }
        let refusals = samples.filter { $0.probe == "denied" && $0.outcome == .wrong }
        #expect(!refusals.isEmpty)
        #expect(refusals.allSatisfy { $0.detail?.hasPrefix("1045 Access denied") == true })
        #expect(!samples.contains { $0.detail?.contains("word'") == true || $0.detail?.contains("s3cret") == true })
    }
}
