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

    @Test("version 3 has the time since the entry before, and rounding does not add up")
    func versionThree() {
        var cast = Asciicast(width: 80, height: 24, title: "a")
        for index in 1...3 { cast.append(Asciicast.Entry(time: Double(index) * 0.3334, text: "x")) }
        cast.append(Asciicast.Entry(time: 2, code: .marker, text: "end"))
        #expect(
            String(decoding: cast.encoded(.three), as: UTF8.self) == """
                {"version": 3, "term": {"cols": 80, "rows": 24, "type": "xterm-256color"}, "title": "a"}
                [0.333, "o", "x"]
                [0.334, "o", "x"]
                [0.333, "o", "x"]
                [1.000, "m", "end"]

                """)
    }
}
