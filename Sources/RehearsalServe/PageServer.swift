import FlyingFox
import FlyingSocks
public import Foundation
import RehearsalAnalysis
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalReport
public import RehearsalStore

/// Serves pages of all runs to a browser on this host, or to those who have its token.
///
/// It reads stores and nothing else, and never asks libvirt. A page of another origin gets nothing out of it: the host that is asked must be
/// this one, requests across sites are refused, and no other origin is allowed to read.
public actor PageServer {
    /// Where it listens.
    public struct Address: Sendable, Hashable {
        /// The address, as a number.
        public var host: String
        /// The port.
        public var port: UInt16

        /// Names a place.
        public init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }

        /// Whether only this host can reach it.
        public var isLoopback: Bool { host == "127.0.0.1" || host == "::1" }
    }

    private let address: Address
    private let index: RunIndex
    /// What one has to know; nil where everybody on this host may look.
    private let token: String?
    private let takesAnswers: Bool
    private var followers: [String: RunFollower] = [:]
    private var streams = 0

    /// How many pages may be kept up to date at once.
    private static let mostStreams = 32

    /// Makes a server.
    ///
    /// - Parameters:
    ///   - token: What one has to know to look; nil for nothing.
    ///   - takesAnswers: Whether breakpoints may be answered, of runs that wait for that.
    public init(_ address: Address, index: RunIndex, token: String?, takesAnswers: Bool) {
        self.address = address
        self.index = index
        self.token = token
        self.takesAnswers = takesAnswers
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter ready: Called when browsers can connect.
    /// - Throws: ``StoreError`` if the port is taken, or may not be used.
    public func run(ready: @escaping @Sendable () -> Void = {}) async throws {
        let socket: any SocketAddress
        do {
            socket =
                address.host.contains(":")
                ? try sockaddr_in6.inet6(ip6: address.host, port: address.port) as any SocketAddress
                : try sockaddr_in.inet(ip4: address.host, port: address.port)
        } catch {
            throw StoreError(.invalid, "\(address.host) is no address of this host", hint: "give a number, such as 127.0.0.1")
        }
        let server = Self.server(socket) { [weak self] request in
            await self?.answer(request) ?? HTTPResponse(statusCode: .serviceUnavailable)
        }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                group.addTask {
                    try await server.waitUntilListening(timeout: 10)
                    ready()
                }
                try await group.waitForAll()
            }
        } catch let error as SocketError {
            throw StoreError(
                .failed, "cannot listen on \(address.host):\(address.port): \(error.localizedDescription)",
                hint: "another program may have the port: choose one with --port", cause: error)
        }
    }

    private static func server(
        _ socket: some SocketAddress, _ answer: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
    ) -> HTTPServer {
        HTTPServer(
            config: .init(address: socket, timeout: 30, sharedRequestReplaySize: 65_536, logger: .disabled),
            handler: ClosureHTTPHandler { await answer($0) })
    }

    // MARK: Requests

    private func answer(_ request: HTTPRequest) async -> HTTPResponse {
        if let refusal = refusal(of: request) { return refusal }
        do {
            return try await route(request)
        } catch let error as StoreError {
            return text(error.description, [.notFound, .invalid].contains(error.code) ? .notFound : .internalServerError)
        } catch {
            return text(error.quoted, .internalServerError)
        }
    }

    /// Why a request is not even looked at; nil if it is.
    private func refusal(of request: HTTPRequest) -> HTTPResponse? {
        let host = request.headers[HTTPHeader("Host")] ?? ""
        // A name that somebody else points at this host is not one of its own (DNS rebinding).
        let own = Set(["127.0.0.1", "localhost", "[::1]", address.host, "[\(address.host)]"].map { "\($0):\(address.port)" })
        guard own.contains(host) else { return text("this server is not \(host.printable)", .forbidden) }
        let site = request.headers[HTTPHeader("Sec-Fetch-Site")] ?? "none"
        guard ["none", "same-origin"].contains(site) || request.method == .GET && request.path == "/" else {
            return text("not from another site", .forbidden)
        }
        guard let token, request.path != "/token", request.path != "/style.css" else { return nil }
        let cookies = (request.headers[HTTPHeader("Cookie")] ?? "").split(separator: ";").map { $0.drop { $0 == " " } }
        if cookies.contains("\(cookie)=\(token)"[...]) { return nil }
        return request.method == .GET ? page(Self.door) : text("the token is missing", .unauthorized)
    }

    private var cookie: String { "rehearsal-\(address.port)" }

    /// The page that takes the token out of the address, where it is seen by no server and in no log, and changes it for a cookie.
    private static let door = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>Rehearsal</title><p id="p">This server wants the address that <code>rehearse serve</code> printed.</p>
        <script>const t=location.hash.match(/token=([0-9a-f-]+)/i);if(t)fetch("/token",{method:"POST",body:t[1]}).then(r=>{if(r.ok){history.replaceState(null,"",location.pathname);location.reload()}
        else document.getElementById("p").textContent="The token is not the right one."})</script></html>
        """

    private func route(_ request: HTTPRequest) async throws -> HTTPResponse {
        let path = request.path.split(separator: "/", omittingEmptySubsequences: true).map { $0.removingPercentEncoding ?? String($0) }
        switch (request.method, path) {
        case (.POST, ["token"]): return try await exchange(request)
        case (.GET, []): return page(RunsPage.html(try index.list(), style: "/style.css"))
        case (.GET, ["style.css"]): return response(LivePage.style, type: "text/css; charset=utf-8")
        case (.GET, ["live.js"]): return response(PageScript.live, type: "text/javascript; charset=utf-8")
        case (.GET, ["runs.json"]):
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return response(String(decoding: try encoder.encode(try index.list()), as: UTF8.self), type: "application/json")
        case (.GET, ["compare"]): return try compare(request)
        case (.GET, let path) where path.count == 2 && path[0] == "run":
            return page(LivePage(try await follower(path[1]).look()).html(script: "/live.js", style: "/style.css"))
        case (.GET, let path) where path.count == 3 && path[0] == "run" && path[2] == "events": return try events(path[1])
        case (.GET, let path) where path.count == 3 && path[0] == "run": return try file(path[2], of: path[1])
        case (.POST, let path) where path.count == 3 && path[0] == "run" && path[2] == "answer":
            return try await take(request, for: path[1])
        default: return text("there is no such page", .notFound)
        }
    }

    private func exchange(_ request: HTTPRequest) async throws -> HTTPResponse {
        let said = String(decoding: try await request.bodyData.prefix(200), as: UTF8.self)
        guard let token, said == token else { return text("that is not the token", .unauthorized) }
        var answer = text("", .ok)
        answer.headers[HTTPHeader("Set-Cookie")] = "\(cookie)=\(token); HttpOnly; SameSite=Strict; Path=/"
        return answer
    }

    // MARK: Runs

    private func follower(_ name: String) throws -> RunFollower {
        let store = try index.open(name)
        let identifier = store.directory.lastPathComponent
        if let known = followers[identifier] { return known }
        let follower = try RunFollower(store)
        followers[identifier] = follower
        return follower
    }

    private func events(_ name: String) throws -> HTTPResponse {
        guard streams < Self.mostStreams else { return text("too many pages are open", .serviceUnavailable) }
        var headers = Self.headers
        headers[.contentType] = "text/event-stream; charset=utf-8"
        headers[HTTPHeader("X-Accel-Buffering")] = "no"
        return HTTPResponse(statusCode: .ok, headers: headers, body: HTTPBodySequence(from: LiveEvents(follower: try follower(name))))
    }

    /// A report or a recording of a run, as it lies in its directory.
    private func file(_ name: String, of run: String) throws -> HTTPResponse {
        let kinds = [
            "report.html": "text/html; charset=utf-8", "demo.html": "text/html; charset=utf-8", "report.json": "application/json",
            "junit.xml": "application/xml", "demo.svg": "image/svg+xml", "demo.cast": "application/x-asciicast", "demo.vtt": "text/vtt",
        ]
        guard let kind = kinds[name] else { return text("there is no such file", .notFound) }
        let file = try index.directory(of: run).appendingPathComponent(name)
        guard let data = try? Data(contentsOf: file) else {
            return text("run \(run.printable) has no \(name) yet", .notFound)
        }
        var headers = Self.headers
        headers[.contentType] = kind
        // These pages say themselves what they may do, and need nothing of this server.
        headers[HTTPHeader("Content-Security-Policy")] = "frame-ancestors 'none'"
        return HTTPResponse(statusCode: .ok, headers: headers, body: data)
    }

    private func compare(_ request: HTTPRequest) throws -> HTTPResponse {
        let names = ["a", "b"].compactMap { key in request.query.first { $0.name == key }?.value }.filter { !$0.isEmpty }
        guard names.count == 2 else { return text("two runs are compared: /compare?a=RUN&b=RUN", .badRequest) }
        let comparison = RunComparison(try names.map { try RunAnalysis(try index.open($0)) })
        return page(LivePage.text(comparison.text(), title: "Comparison", style: "/style.css"))
    }

    /// An answer at a breakpoint.
    private func take(_ request: HTTPRequest, for run: String) async throws -> HTTPResponse {
        struct Answer: Decodable {
            let question: String
            let answer: String
        }
        guard takesAnswers else { return text("this server takes no answers: start it with --allow-remote", .forbidden) }
        let origin = request.headers[HTTPHeader("Origin")]
        guard let origin, origin == "http://\(request.headers[HTTPHeader("Host")] ?? "")" else {
            return text("not from another origin", .forbidden)
        }
        guard request.headers[.contentType]?.hasPrefix("application/json") == true else { return text("JSON is expected", .badRequest) }
        let body = try await request.bodyData
        guard body.count < 4_096, let said = try? JSONDecoder().decode(Answer.self, from: body), said.answer.count <= 256 else {
            return text("that is no answer", .badRequest)
        }
        let directory = try index.directory(of: run)
        guard RunLock.isHeld(directory: directory) else { return text("nobody drives run \(run.printable)", .conflict) }
        do {
            try RunDesk(directory: directory).answer(said.question, with: said.answer)
        } catch let error as StoreError where error.code == .notFound {
            return text(error.description, .conflict)
        }
        return text("said", .ok)
    }

    // MARK: Answers

    private static let headers: HTTPHeaders = [
        HTTPHeader("Cache-Control"): "no-store", HTTPHeader("X-Content-Type-Options"): "nosniff",
        HTTPHeader("Referrer-Policy"): "no-referrer", HTTPHeader("Cross-Origin-Opener-Policy"): "same-origin",
        HTTPHeader("Content-Security-Policy"):
            "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; connect-src 'self'; form-action 'self'; "
            + "base-uri 'none'; frame-ancestors 'none'",
    ]

    private func response(_ text: String, type: String, _ status: HTTPStatusCode = .ok) -> HTTPResponse {
        var headers = Self.headers
        headers[.contentType] = type
        return HTTPResponse(statusCode: status, headers: headers, body: Data(text.utf8))
    }

    private func page(_ html: String) -> HTTPResponse { response(html, type: "text/html; charset=utf-8") }
    private func text(_ text: String, _ status: HTTPStatusCode) -> HTTPResponse {
        response(text + "\n", type: "text/plain; charset=utf-8", status)
    }
}
