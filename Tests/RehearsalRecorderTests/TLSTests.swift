import Foundation
import RehearsalHistory
import RehearsalModel
import RehearsalTesting
import Testing

@testable import RehearsalRecorder

/// Connections that are secured: whom the recorder takes for its server.
@Suite("TLS", .timeLimit(.minutes(2)))
struct TLSTests {
    /// A key with a certificate for loopback and for the name `api.example`, that it signed itself.
    private struct Identity: ~Copyable {
        let scratch = Scratch()
        var certificate: String { scratch.url.appendingPathComponent("certificate.pem").path }
        var both: String { scratch.url.appendingPathComponent("both.pem").path }

        init() throws {
            let made = try ServerProcess.run([
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=probe", "-addext", "subjectAltName=IP:127.0.0.1,DNS:api.example", "-keyout", both, "-out", certificate,
            ])
            try #require(made.0 == 0, "\(made.1)")
            let text = try String(contentsOfFile: both, encoding: .utf8) + String(contentsOfFile: certificate, encoding: .utf8)
            try text.write(toFile: both, atomically: true, encoding: .utf8)
        }
    }

    private func probe(_ kind: String, _ port: Int, _ settings: [String: String]) -> ProbeSpecification {
        let isURL = kind.hasPrefix("http")
        var all = settings
        if kind == "tcp" { all["tls"] = "yes" }
        if kind == "http-sequence" { all["calls"] = "GET /servers/left\n=> 200" }
        return ProbeSpecification(
            name: kind, kind: kind,
            target: isURL ? "https://127.0.0.1:\(port)" + (kind == "http-sequence" ? "" : "/servers/left") : "127.0.0.1:\(port)",
            periodMilliseconds: 50, settings: all)
    }

    private func outcomes(_ probe: ProbeSpecification) async throws -> [Sample] {
        try await recorded([probe]) { collector in
            try await wait("answers", collector) { $0.filter { $0.outcome != .late }.count >= 3 }
        }.filter { $0.outcome != .late }
    }

    @Test(
        "a certificate that nobody vouches for is wrong, unless it is trusted or need not be",
        arguments: ["tcp", "http", "http-kept", "http-sequence"])
    func certificates(kind: String) async throws {
        let identity = try Identity()
        let (process, port) = try await HTTPSequenceTests.start(certificate: identity.both)
        defer { process.stop() }
        let unknown = try await outcomes(probe(kind, port, [:]))
        #expect(unknown.allSatisfy { $0.outcome == .wrong }, "\(unknown.first?.detail ?? "")")
        for settings in [["verify": "no"], ["ca_file": identity.certificate]] {
            let samples = try await outcomes(probe(kind, port, settings))
            #expect(samples.allSatisfy { $0.outcome == .ok }, "\(settings): \(samples.first { $0.outcome != .ok }?.detail ?? "")")
        }
    }

    @Test("a certificate is for a name, and not for another")
    func names() async throws {
        let identity = try Identity()
        let (process, port) = try await HTTPSequenceTests.start(certificate: identity.both)
        defer { process.stop() }
        let trusted = ["ca_file": identity.certificate]
        let right = try await outcomes(probe("http", port, trusted.merging(["server_name": "api.example"]) { $1 }))
        #expect(right.allSatisfy { $0.outcome == .ok })
        let wrong = try await outcomes(probe("http", port, trusted.merging(["server_name": "other.example"]) { $1 }))
        #expect(wrong.allSatisfy { $0.outcome == .wrong && $0.detail?.hasPrefix("certificate: ") == true })
    }

    @Test("a server that does not speak TLS is wrong, and trusted certificates that are not there are told before")
    func plain() async throws {
        let (process, port) = try await HTTPSequenceTests.start()
        defer { process.stop() }
        let samples = try await outcomes(probe("http", port, ["verify": "no", "timeout_s": "1"]))
        #expect(samples.allSatisfy { [.wrong, .reset, .timeout].contains($0.outcome) })
        let missing = probe("tcp", port, ["ca_file": "/nowhere/ca.pem"])
        await #expect(throws: RecorderError.self) { try await recorded([missing]) { _ in } }
    }
}
