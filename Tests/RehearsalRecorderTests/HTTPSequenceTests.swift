import Foundation
import RehearsalHistory
import RehearsalModel
import Testing

@testable import RehearsalRecorder

/// Calls that use what the calls before were answered, against a server that holds them to it.
@Suite("a sequence of HTTP calls", .timeLimit(.minutes(2)))
struct HTTPSequenceTests {
    private static let calls = """
        POST /tokens
        Content-Type: application/json
        {"password": "${password}"}
        => 201
        token = header X-Subject-Token

        POST /servers
        X-Auth-Token: ${token}
        {"name": "probe-${sequence}"}
        => 202
        server = json server.id

        GET /servers/${server}
        X-Auth-Token: ${token}
        => 200
        until json server.status is ACTIVE every 0.05

        always DELETE /servers/${server}
        X-Auth-Token: ${token}
        => 204,404
        """

    /// Gives a token for the password, needs it for everything else, and has each server become active at its third question.
    private static let server = """
        import http.server, itertools, json, ssl, sys
        numbers, servers = itertools.count(1), {}
        class Handler(http.server.BaseHTTPRequestHandler):
            # A kept connection is kept, however late the next request comes.
            protocol_version = "HTTP/1.1"
            def answer(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in headers.items(): self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def body(self):
                return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            def do_POST(self):
                body = self.body()
                if self.path == "/tokens":
                    if body.get("password") != "s3cret": return self.answer(401)
                    return self.answer(201, X_Subject_Token="t1")
                if self.headers.get("X-Auth-Token") != "t1": return self.answer(401)
                number = str(next(numbers))
                servers[number] = 0
                self.answer(202, json.dumps({"server": {"id": number, "name": body["name"]}}).encode())
            def do_GET(self):
                number = self.path.split("/")[-1]
                if number == "left": return self.answer(200, json.dumps(len(servers)).encode())
                servers[number] += 1
                self.answer(200, json.dumps({"server": {"status": "ACTIVE" if servers[number] > 2 else "BUILD"}}).encode())
            def do_DELETE(self):
                self.answer(204 if servers.pop(self.path.split("/")[-1], None) is not None else 404)
            def log_message(self, *words): pass
        end = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if len(sys.argv) > 1:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[1])
            end.socket = context.wrap_socket(end.socket, server_side=True)
        print(end.server_address[1], flush=True)
        end.serve_forever()
        """

    /// Starts the server, over TLS with the key and certificate in a file.
    static func start(certificate: String? = nil) async throws -> (process: ServerProcess, port: Int) {
        let process = try ServerProcess("sequence")
        try process.start(["python3", "-c", server] + (certificate.map { [$0] } ?? []))
        for _ in 0..<600 {
            if let port = Int(process.log.trimmingCharacters(in: .whitespacesAndNewlines)) { return (process, port) }
            try await Task.sleep(for: .milliseconds(50))
        }
        process.stop()
        throw Impatient(description: "the server did not start: \(process.log)")
    }

    private func probe(_ target: String, password: String = "s3cret", _ settings: [String: String] = [:]) -> ProbeSpecification {
        ProbeSpecification(
            name: "boot", kind: "http-sequence", target: target, periodMilliseconds: 100,
            settings: ["calls": Self.calls, "password": password, "timeout_s": "20"].merging(settings) { $1 })
    }

    @Test("every call gets what the calls before brought, and what is waited for comes")
    func right() async throws {
        let (process, port) = try await Self.start()
        defer { process.stop() }
        let samples = try await recorded([probe("http://127.0.0.1:\(port)")], drainSeconds: 20) { collector in
            try await wait("good answers", collector) { $0.filter { $0.outcome == .ok }.count >= 3 }
        }
        #expect(samples.allSatisfy { [.ok, .late].contains($0.outcome) })
        // Three questions with a pause of 50 ms between.
        #expect(samples.filter { $0.outcome == .ok }.allSatisfy { $0.latencyNanoseconds >= 100_000_000 })
        // Every server that was made was removed again.
        let left = try ServerProcess.run([
            "python3", "-c", "import urllib.request as r; print(r.urlopen('http://127.0.0.1:\(port)/servers/left').read())",
        ])
        #expect(left.1 == "b'0'\n")
    }

    @Test("the call that went wrong is named, and no secret")
    func wrong() async throws {
        let (process, port) = try await Self.start()
        defer { process.stop() }
        let samples = try await recorded([probe("http://127.0.0.1:\(port)", password: "other")]) { collector in
            try await wait("an answer", collector) { !$0.isEmpty }
        }
        #expect(samples.contains { $0.outcome == .wrong && $0.detail?.hasPrefix("call 1, POST /tokens: status 401") == true })
        #expect(!samples.contains { $0.detail?.contains("other") == true })
        process.end()
        let refused = try await recorded([probe("http://127.0.0.1:\(port)")]) { collector in
            try await wait("a refusal", collector) { !$0.isEmpty }
        }
        #expect(refused.contains { $0.outcome == .refused })
    }

    @Test("a script that cannot be understood is no script")
    func scripts() throws {
        #expect(CallScript(Self.calls)?.calls.count == 4)
        let script = try #require(CallScript("GET /\n=> 200-299, 401\r\n\n \nHEAD https://192.0.2.1/x\nA: b\n=> 200"))
        #expect(script.calls.map(\.statuses) == [[200...299, 401...401], [200...200]])
        #expect(script.calls[1].headers == ["A: b"])
        for bad in [
            "", "GET /", "get /\n=> 200", "GET /\n=> ok", "GET /${token}\n=> 200", "GET /\n=> 200\nToken = header A",
            "GET /\n=> 200\nuntil json a is b every 0",
        ] {
            #expect(CallScript(bad) == nil, "\(bad)")
        }
    }
}
