import RehearsalModel

/// An HTTP request, ready to be sent, and which statuses are right.
struct HTTPRequest: Hashable, Sendable {
    /// The statuses that are right.
    static let expect = ProbeSetting("expect", .statuses, .standard("200-399"), "the statuses that are right")
    /// The method of the request.
    static let method = ProbeSetting("method", .choice(["GET", "HEAD", "OPTIONS"]), .standard("GET"), "the method of the request")

    var endpoint: Endpoint
    /// How its connection is secured; nil for plain HTTP.
    var security: StreamSecurity.Wish?
    var path: String
    var method = "GET"
    var body: String?
    var isKept: Bool
    var expected: [ClosedRange<Int>]

    var bytes: [UInt8] {
        var text =
            "\(method) \(path) HTTP/1.1\r\nHost: \(security?.serverName ?? "\(endpoint)")\r\nUser-Agent: rehearsal\r\nAccept: */*\r\n"
        text += "Connection: \(isKept ? "keep-alive" : "close")\r\n"
        if let body { text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        return Array((text + "\r\n" + (body ?? "")).utf8)
    }

    func isExpected(_ status: Int) -> Bool { expected.contains { $0.contains(status) } }
}

extension HTTPRequest {
    /// Reads the request of kinds `http` and `http-kept`.
    init(_ probe: ProbeSpecification, target: ProbeForm<HTTPLocation>, isKept: Bool) throws(ProbeProblem) {
        let location = try probe.target(as: target)
        self.init(
            endpoint: location.endpoint, security: try StreamSecurity.Wish(probe, isSecure: location.isSecure), path: location.path,
            method: try probe.value(of: Self.method), isKept: isKept,
            expected: try probe.value(of: Self.expect))
    }
}
