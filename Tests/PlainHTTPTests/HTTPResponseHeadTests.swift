import Foundation
import Testing

@testable import PlainHTTP

@Suite("head of an HTTP response")
struct HTTPResponseHeadTests {
    private func read(_ text: String) -> HTTPResponseHead? { HTTPResponseHead(Data(text.utf8)) }

    @Test("status, length of the body and size of the head are read")
    func reading() throws {
        let head = try #require(read("HTTP/1.1 404 Not Found\r\ncontent-length:  2\r\n\r\n{}"))
        #expect((head.status, head.bodyLength, head.size) == (404, 2, 46))
        #expect(read("HTTP/1.0 200 OK\r\nDate: x\r\n\r\n")?.bodyLength == nil)
    }

    @Test("what is not complete, or not HTTP/1, has no head", arguments: ["HTTP/1.1 200 OK\r\n", "nonsense\r\n\r\n", "HTTP/2 200\r\n\r\n"])
    func nothing(text: String) { #expect(read(text) == nil) }

    @Test("the rest of longer data is read where it begins")
    func slices() {
        let data = Data("xxHTTP/1.1 204 No\r\n\r\nrest".utf8).dropFirst(2)
        #expect(HTTPResponseHead(data)?.size == 19)
    }
}
