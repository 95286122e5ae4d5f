import Foundation
import Glibc
import RehearsalHistory
import RehearsalModel
import RehearsalStore
import RehearsalTesting
import Testing

@testable import RehearsalServe

/// A server of pages is asked as a browser would ask it, over a socket.
@Suite("pages of runs", .serialized)
struct PageServerTests {
    private static let start = Timestamp(nanoseconds: 1_700_000_000_000_000_000)

    /// A run that goes on: one probe that was answered, then not.
    private func run(in index: RunIndex) throws -> RunStore {
        let store = try index.create(strategy: "rolling", at: Self.start)
        try store.setMachines([MachineRecord(name: "controller-0", role: "Controller", position: 0)])
        try store.setSteps([StepRecord(id: "1", name: "update <controller>", machine: "controller-0", kind: .procedure, position: 0)])
        try store.setProbes([ProbeSpecification(name: "web", kind: "http", target: "http://192.0.2.10/", periodMilliseconds: 1_000)])
        try store.append(Event(time: Self.start, .runStarted))
        try store.append(Event(time: Self.start, .planned))
        try store.append(Event(time: Self.start.advanced(bySeconds: 1), .stepStarted(), step: "1", machine: "controller-0"))
        try store.append(samples: (0..<5).map { sample($0, .ok) } + (5..<8).map { sample($0, .refused) })
        return store
    }

    private func sample(_ second: Int, _ outcome: SampleOutcome) -> Sample {
        Sample(
            probe: "web", start: Self.start.advanced(bySeconds: Double(second)), latencyNanoseconds: 1_000_000, connectedNanoseconds: nil,
            firstByteNanoseconds: nil, outcome: outcome, detail: "")
    }

    private func serving<T: Sendable>(
        token: String? = nil, takesAnswers: Bool = false, _ body: @escaping @Sendable (RawClient, RunIndex, RunStore) async throws -> T
    ) async throws -> T {
        let scratch = Scratch()
        let index = RunIndex(stateDirectory: scratch.url)
        let store = try run(in: index)
        let port = try RawClient.freePort()
        let server = PageServer(PageServer.Address(host: "127.0.0.1", port: port), index: index, token: token, takesAnswers: takesAnswers)
        let (ready, continuation) = AsyncStream.makeStream(of: Void.self)
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask {
                try await server.run { continuation.finish() }
                return nil
            }
            group.addTask {
                for await _ in ready {}
                return try await body(RawClient(port: port), index, store)
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    @Test("a run that goes on is shown, and what is stored later comes over the stream")
    func live() async throws {
        try await serving { client, _, store in
            let name = store.directory.lastPathComponent
            let list = try await client.ask("GET", "/")
            #expect(list.contains("200 OK") && list.contains("<title>"), "\(list)")
            #expect(list.contains("/run/\(name)\"") && list.contains("left; rehearse resume"))
            let page = try await client.ask("GET", "/run/\(name)/")
            #expect(page.contains("▸ 1 update &lt;controller&gt; on controller-0") && page.contains("not asked for a while"))
            #expect(try await client.ask("GET", "/run/\(name)/report.html").contains("has no report.html yet"))
            #expect(try await client.ask("GET", "/run/nobody/").contains("404"))
            #expect(try await client.ask("GET", "/run/../../etc/passwd").contains("404"))

            let stream = try await client.open("GET", "/run/\(name)/events")
            #expect(try await client.read(stream, until: "\"id\":\"whole\"", seconds: 30).contains("event: part"))
            try store.append(samples: [sample(8, .ok), sample(9, .ok)])
            try store.append(Event(time: Self.start.advanced(bySeconds: 10), .runEnded))
            let later = try await client.read(stream, until: "event: end", seconds: 30)
            #expect(later.contains("answers") && later.contains("ended"))
            close(stream)
        }
    }

    @Test("who asks for another host, from another site, or without the token gets nothing")
    func strangers() async throws {
        try await serving { (client: RawClient, _: RunIndex, _: RunStore) async throws -> Void in
            #expect(try await client.ask("GET", "/", headers: ["Host": "evil.example:80"]).contains("403"))
            #expect(try await client.ask("GET", "/runs.json", headers: ["Sec-Fetch-Site": "cross-site"]).contains("403"))
            #expect(try await client.ask("GET", "/runs.json").contains("\"identifier\""))
            #expect(try await !client.ask("GET", "/").lowercased().contains("access-control-allow"))
        }
        try await serving(token: "abc-123") { client, _, store in
            let closed = try await client.ask("GET", "/")
            #expect(closed.contains("wants the address") && !closed.contains(store.directory.lastPathComponent))
            #expect(try await client.ask("POST", "/token", body: "guess").contains("401"))
            let cookie = try await client.ask("POST", "/token", body: "abc-123").firstMatch(of: #/Set-Cookie: ([^;]+);/#.ignoresCase())
            let value = String(try #require(cookie).1)
            #expect(try await client.ask("GET", "/", headers: ["Cookie": value]).contains(store.directory.lastPathComponent))
        }
    }

    @Test("an answer reaches the question it names, of a run that is driven, from the page alone")
    func answers() async throws {
        try await serving(token: "t", takesAnswers: true) { client, _, store in
            let (name, desk) = (store.directory.lastPathComponent, RunDesk(directory: store.directory))
            let cookie = "rehearsal-\(client.port)=t"
            func answer(_ question: String, origin: String? = nil) async throws -> String {
                try await client.ask(
                    "POST", "/run/\(name)/answer",
                    headers: ["Cookie": cookie, "Origin": origin ?? "http://127.0.0.1:\(client.port)", "Content-Type": "application/json"],
                    body: "{\"question\":\"\(question)\",\"answer\":\"controller-.*\"}")
            }
            try desk.ask(RunDesk.Question(identifier: "q1", machine: "controller-0"))
            #expect(try await answer("q1").contains("409"), "nobody drives it")
            let lock = try RunLock(directory: store.directory)
            #expect(try await client.ask("GET", "/run/\(name)/", headers: ["Cookie": cookie]).contains("data-question=\"q1\""))
            #expect(try await answer("q1", origin: "http://evil.example").contains("403"))
            #expect(try await answer("q0").contains("409") && desk.answered("q1") == nil)
            #expect(try await answer("q1").contains("200") && desk.answered("q1") == "controller-.*")
            withExtendedLifetime(lock) {}
        }
        try await serving { client, _, store in
            let said = try await client.ask("POST", "/run/\(store.directory.lastPathComponent)/answer", body: "{}")
            #expect(said.contains("403") && said.contains("--allow-remote"))
        }
    }
}

/// Speaks HTTP over a socket of its own, so that every header can be anything. It blocks threads of its own, never those that tasks share.
struct RawClient: Sendable {
    struct Failed: Error { let what: String }
    let port: UInt16

    /// A port of this host that nobody listens on.
    static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw Failed(what: "no port") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private func apart<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try work() }) }.start()
        }
    }

    /// Sends a request, and returns the socket.
    func open(_ method: String, _ path: String, headers: [String: String] = [:], body: String = "") async throws -> Int32 {
        try await apart { try send(method, path, headers, body) }
    }

    private func send(_ method: String, _ path: String, _ headers: [String: String], _ body: String) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else { throw Failed(what: "cannot connect") }
        var all = ["Host": "127.0.0.1:\(port)", "Content-Length": "\(body.utf8.count)", "Connection": "close"]
        all.merge(headers) { $1 }
        let text = "\(method) \(path) HTTP/1.1\r\n" + all.map { "\($0): \($1)\r\n" }.joined() + "\r\n" + body
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
        return descriptor
    }

    /// The whole answer to a request.
    func ask(_ method: String, _ path: String, headers: [String: String] = [:], body: String = "") async throws -> String {
        try await apart {
            let descriptor = try send(method, path, headers, body)
            defer { close(descriptor) }
            return try receive(descriptor, until: nil, seconds: 30)
        }
    }

    /// What arrives until a text was in it, or the other side ends.
    func read(_ descriptor: Int32, until text: String?, seconds: Double) async throws -> String {
        try await apart { try receive(descriptor, until: text, seconds: seconds) }
    }

    private func receive(_ descriptor: Int32, until text: String?, seconds: Double) throws -> String {
        var (data, buffer) = (Data(), [UInt8](repeating: 0, count: 65_536))
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard Glibc.poll(&poll, 1, 200) > 0 else { continue }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count <= 0 { break }
            data.append(contentsOf: buffer[..<count])
            let said = String(decoding: data, as: UTF8.self)
            if let text, said.contains(text) { return said }
        }
        return String(decoding: data, as: UTF8.self)
    }
}
