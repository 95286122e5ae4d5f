import Foundation
import RehearsalTesting
import Testing

@testable import RehearsalRecorder

/// What comes from the tested network, damaged at random.
@Suite("what comes from the network, damaged")
struct NetworkFuzzTests {
    private func whole(_ input: Data) -> [HTTPResponseParser.Response]? {
        var parser = HTTPResponseParser()
        return input.withUnsafeBytes { try? parser.feed($0) }
    }

    private func parts(_ input: Data) -> [HTTPResponseParser.Response]? {
        var parser = HTTPResponseParser()
        var all: [HTTPResponseParser.Response] = []
        for byte in input {
            guard let some = withUnsafeBytes(of: byte, { try? parser.feed($0) }) else { return nil }
            all += some
        }
        return all
    }

    @Test("HTTP responses, however they are cut")
    func http() throws {
        let seeds = [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Rehearsal-Machine: controller-0\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "HTTP/1.0 503 Service Unavailable\r\n\r\n",
        ].map { Data($0.utf8) }
        Fuzz.damage(seeds) { input in
            // What was complete before a fault is lost with it if both come at once.
            if let responses = whole(input) { #expect(parts(input) == responses) }
        }
    }

    @Test("answers to the question who holds an address")
    func arp() throws {
        let answer: [UInt8] = [0, 1, 8, 0, 6, 4, 0, 2, 82, 84, 0, 1, 2, 3, 192, 0, 2, 10, 82, 84, 0, 9, 9, 9, 192, 0, 2, 1]
        Fuzz.damage([Data(answer)]) { input in
            let holder = input.withUnsafeBytes { ARPMessage.holder(of: 0xC000_020A, in: $0, asked: 0xC000_0201) }
            #expect(holder == nil || holder?.count == 6)
        }
    }
}
