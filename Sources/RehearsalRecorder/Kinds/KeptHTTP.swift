import RehearsalHistory
import RehearsalModel

/// Kind `http-kept`: one long-lived connection, one request on it for each attempt.
struct KeptHTTPQuestion: ProbeQuestion {
    private static let target = ProbeForm.location(example: "http://192.0.2.10:8080/")
    static let kind = ProbeKind(
        "http-kept", target: target, rightWhen: "the complete answer on one kept connection has an expected status",
        detail: "status, and `X-Rehearsal-Machine`",
        settings: StreamSecurity.identity(behind: [HTTPRequest.expect, HTTPRequest.method, KeptProbe.reconnect]))

    let request: HTTPRequest
    /// Nanoseconds after which a connection that is not yet open is given up for a fresh one.
    let reconnect: Int64

    init(_ probe: ProbeSpecification) throws(ProbeProblem) {
        request = try HTTPRequest(probe, target: Self.target, isKept: true)
        reconnect = try probe.value(of: KeptProbe.reconnect)
    }

    func prepare() throws(PreparationFailure) -> PreparedProbe {
        let security = try request.security?.made()
        return .onLoop {
            KeptProbe(
                endpoint: request.endpoint, security: security, reconnect: reconnect, codec: HTTPCodec(request: request), loop: $0)
        }
    }
}

/// HTTP/1.1 requests on a kept connection.
struct HTTPCodec: KeptCodec {
    let mayCloseIdle = true
    private let request: HTTPRequest
    private let bytes: [UInt8]
    private var parser: HTTPResponseParser

    init(request: HTTPRequest) {
        self.request = request
        bytes = request.bytes
        parser = HTTPResponseParser(method: request.method)
    }

    func request(_ sequence: UInt64) -> [UInt8] { bytes }

    mutating func reset() { parser = HTTPResponseParser(method: request.method) }

    mutating func feed(_ bytes: UnsafeRawBufferPointer, next: (Int) -> UInt64?) throws -> [KeptReply] {
        try parser.feed(bytes).map(reply)
    }

    mutating func finish() -> KeptReply? { parser.finish().map(reply) }

    private func reply(_ response: HTTPResponseParser.Response) -> KeptReply {
        KeptReply(
            outcome: request.isExpected(response.status) ? .ok : .wrong, detail: response.detail,
            closes: response.closes)
    }
}
