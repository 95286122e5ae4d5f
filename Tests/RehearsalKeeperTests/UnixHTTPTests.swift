import Foundation
import Testing

@testable import RehearsalKeeper

@Suite("HTTP over a Unix socket")
struct UnixHTTPTests {
    @Test("responses are parsed")
    func responses() throws {
        let response = try UnixHTTP.parse(Data("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}".utf8))
        #expect(response.status == 404)
        #expect(response.body == Data("{}".utf8))
        #expect(throws: UnixHTTP.Failure.self) { _ = try UnixHTTP.parse(Data("nonsense\r\n\r\n".utf8)) }
    }
}
