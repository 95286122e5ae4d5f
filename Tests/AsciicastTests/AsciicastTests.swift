import Asciicast
import Foundation
import Testing

@Suite("terminal recordings")
struct AsciicastTests {
    @Test("a recording is written in version 2 of the format")
    func versionTwo() {
        var cast = Asciicast(width: 80, height: 24, timestamp: 1_795_359_600, title: "a \"title\"")
        cast.append(.init(time: 0.5, text: "one\r\n"))
        cast.append(.init(time: 2.0004, code: .marker, text: "chapter"))
        cast.append(.init(time: 1, text: "\u{1B}[1mtwo\\\u{0}\u{9B}\u{2028}é"))
        #expect(
            String(decoding: cast.encoded(), as: UTF8.self) == """
                {"version": 2, "width": 80, "height": 24, "timestamp": 1795359600, "title": "a \\"title\\"", "env": {"TERM": "xterm-256color", "SHELL": "/bin/sh"}}
                [0.500, "o", "one\\r\\n"]
                [2.000, "m", "chapter"]
                [2.000, "o", "\\u001b[1mtwo\\\\\\u0000\\u009b\\u2028é"]

                """)
    }

    @Test("every line is JSON, whatever a terminal was sent")
    func lines() throws {
        var cast = Asciicast(width: 80, height: 24)
        for scalar in 0..<0x3000 { cast.append(.init(time: 0, text: Unicode.Scalar(scalar).map { String($0) } ?? "")) }
        for line in String(decoding: cast.encoded(), as: UTF8.self).split(separator: "\n") {
            _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
        }
    }

    @Test("long waits are cut and short ones kept")
    func waits() {
        var cast = Asciicast(width: 80, height: 24)
        for time in [0.5, 0.9, 60.9, 61.0, 200] { cast.append(.init(time: time, text: "x")) }
        let times = cast.limitingWaits(to: 1).entries.map { ($0.time * 1_000).rounded() / 1_000 }
        #expect(times == [0.5, 0.9, 1.9, 2.0, 3.0])
    }
}
