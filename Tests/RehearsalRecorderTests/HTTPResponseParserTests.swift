import Testing

@testable import RehearsalRecorder

@Suite("parser of HTTP responses")
struct HTTPResponseParserTests {
    private func parse(_ text: String, by size: Int, method: String = "GET") throws -> (
        [HTTPResponseParser.Response], HTTPResponseParser
    ) {
        var parser = HTTPResponseParser(method: method)
        var responses: [HTTPResponseParser.Response] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            try bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { responses += try parser.feed($0) }
        }
        return (responses, parser)
    }

    @Test("responses are read however they are cut", arguments: [1, 2, 3, 7, 64, 100_000])
    func cut(size: Int) throws {
        let text =
            "HTTP/1.1 100 Continue\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Rehearsal-Machine: controller-2\r\n\r\nhello"
            + "HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nab\r\n\r\n10\r\n0123456789abcdef\r\n0\r\nTrailer: 1\r\n\r\n"
            + "HTTP/1.1 204 No Content\r\n\r\n" + "HTTP/1.1 304 Not Modified\nContent-Length: 9\n\n"
            + "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: Close\r\n\r\n"
        let (responses, parser) = try parse(text, by: size)
        #expect(responses.map(\.status) == [200, 503, 204, 304, 200])
        #expect(responses.map(\.machine) == ["controller-2", nil, nil, nil, nil])
        #expect(responses.map(\.closes) == [false, false, false, false, true])
        #expect(responses[0].detail == "200 controller-2")
        #expect(!parser.isInside)
    }

    @Test("a body without a length ends with the connection")
    func noLength() throws {
        var (responses, parser) = try parse("HTTP/1.0 200 OK\r\n\r\nsome text", by: 4)
        #expect(responses.isEmpty)
        #expect(parser.finish() == HTTPResponseParser.Response(status: 200, machine: nil, closes: true))
    }

    @Test("a body that is cut short is no response")
    func cutShort() throws {
        var (responses, parser) = try parse("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome", by: 4)
        #expect(responses.isEmpty)
        #expect(parser.finish() == nil)
        #expect(parser.isInside)
    }

    @Test("the answer to HEAD has no body")
    func head() throws {
        let (responses, _) = try parse("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", by: 5, method: "HEAD")
        #expect(responses.count == 1)
    }

    @Test(
        "an answer that is not HTTP is refused",
        arguments: [
            "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 abc\r\n", "HTTP/1.1 700 X\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", String(repeating: "x", count: 20_000),
        ])
    func malformed(text: String) {
        #expect(throws: HTTPResponseParser.Malformed.self) { try parse(text, by: 9) }
    }
}
