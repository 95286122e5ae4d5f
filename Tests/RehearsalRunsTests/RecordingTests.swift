import Foundation
import Glibc
import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
import RehearsalModel
import RehearsalStore
import RehearsalTesting
import Testing

@testable import RehearsalRuns

/// Endpoints that are recorded without a testbed: what is stored, what is judged, what stops it before it begins.
@Suite("a recording without a testbed", .timeLimit(.minutes(1)), .serialized)
struct RecordingTests {
    /// A listening socket on loopback, which the kernel answers for; closed with it.
    private final class Listener: Sendable {
        let descriptor: Int32
        let port: UInt16

        init() throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            port = try withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    try #require(bind(descriptor, generic, length) == 0 && listen(descriptor, 4096) == 0)
                    try #require(getsockname(descriptor, generic, &length) == 0)
                }
                return UInt16(bigEndian: pointer.pointee.sin_port)
            }
        }

        func end() { close(descriptor) }
    }

    private struct NoReport: RunReporter {
        func report(_ analysis: RunAnalysis, of store: RunStore) {}
    }

    private struct Fixture: ~Copyable {
        let scratch = Scratch()
        var places: Places { Places(state: scratch.url.appendingPathComponent("state"), cache: scratch.url) }
        var index: RunIndex { RunIndex(stateDirectory: places.state) }

        func file(_ text: String) throws -> URL {
            let file = scratch.url.appendingPathComponent("mine.yaml")
            try Data(text.utf8).write(to: file)
            return file
        }
    }

    private func record(_ fixture: borrowing Fixture, _ text: String, seconds: Double = 0.5, allowsDown: Bool = false) async throws
        -> Verdict
    {
        let recording = Recording(places: fixture.places, environment: [:]) { _ in }
        return try await recording.record(
            RecordingRequest(file: try fixture.file(text), seconds: seconds, allowsDown: allowsDown), reporter: NoReport())
    }

    @Test("it is a run that has ended, with samples, budgets and a verdict of its own")
    func good() async throws {
        let fixture = Fixture()
        let listener = try Listener()
        defer { listener.end() }
        let verdict = try await record(
            fixture,
            """
            probes: [{name: api, kind: tcp, target: "127.0.0.1:\(listener.port)", period_ms: 10}]
            expectations: [{probe: api, patience_s: 5, longest_outage_s: 60}]
            """)
        let run = try #require(try fixture.index.list().first)
        #expect(run.state == .ended)
        #expect(run.scenario == "mine")
        let analysis = try RunAnalysis(try fixture.index.open("latest"))
        #expect(analysis.checks.map(\.name).first == "the recorder ran to its end")
        #expect(analysis.checks.map(\.verdict) == [.pass, .pass])
        #expect(verdict == .pass)
        #expect((analysis.probes.first?.samples ?? 0) > 5)
    }

    @Test("a target that does not answer is told, and nothing is recorded")
    func down() async throws {
        let fixture = Fixture()
        let listener = try Listener()
        listener.end()
        let text = "probes: [{name: api, kind: tcp, target: \"127.0.0.1:\(listener.port)\", period_ms: 10, settings: {timeout_s: 0.1}}]"
        do {
            _ = try await record(fixture, text)
            Issue.record("a target that is down was recorded")
        } catch let error as RunError {
            #expect(error.code == .invalid)
            #expect(error.message.contains("probe api (127.0.0.1:\(listener.port)): refused"))
            #expect(error.hint?.contains("--allow-down") == true)
        }
        #expect(try fixture.index.list().isEmpty)
    }

    @Test("a target that is down can be recorded all the same, and breaks its budget")
    func allowed() async throws {
        let fixture = Fixture()
        let listener = try Listener()
        listener.end()
        let verdict = try await record(
            fixture,
            """
            probes: [{name: api, kind: tcp, target: "127.0.0.1:\(listener.port)", period_ms: 10}]
            expectations: [{probe: api, patience_s: 1, longest_outage_s: 0.1}]
            """, allowsDown: true)
        #expect(verdict == .fail)
        let outages = try RunAnalysis(try fixture.index.open("latest")).probes.first?.client(patience: 1)?.failed.outages
        #expect(outages?.map(\.firstOutcome) == [.refused])
    }

    @Test("a disk without room for what is asked is told before anything is recorded")
    func room() async throws {
        let fixture = Fixture()
        let listener = try Listener()
        defer { listener.end() }
        let text = "probes: [{name: api, kind: tcp, target: \"127.0.0.1:\(listener.port)\", period_ms: 10}]"
        await #expect(throws: RunError.self) { try await record(fixture, text, seconds: 1e12) }
        #expect(try fixture.index.list().isEmpty)
    }
}
