import Foundation
import RehearsalModel
import Testing

@testable import RehearsalEngine

@Suite("step channel")
struct StepChannelTests {
    @Test(
        "lines of the protocol are read, all others are log text",
        arguments: [
            ("@ r1-3-1 17 begin stop-cluster", StepLine.begin(execution: "r1-3-1", guestTime: 17, substep: "stop-cluster")),
            ("@ r1-3-1 18 end stop-cluster 0", .end(execution: "r1-3-1", guestTime: 18, substep: "stop-cluster", status: 0)),
            ("@ r1-3-1 19 exit 75", .exit(execution: "r1-3-1", guestTime: 19, status: 75)),
            ("r1-3-1| Setting up haproxy", .log(execution: "r1-3-1", text: "Setting up haproxy")),
            ("@ r1-3-1 x begin y", .log(execution: nil, text: "@ r1-3-1 x begin y")),
            ("@ r1-3-1 19 exit", .log(execution: nil, text: "@ r1-3-1 19 exit")),
            ("nonsense", .log(execution: nil, text: "nonsense")),
            ("a b| text", .log(execution: nil, text: "a b| text")),
        ])
    func reading(text: String, line: StepLine) {
        #expect(StepLine(text) == line)
    }

    @Test("only whole lines are handed over, each once, with the host's time")
    func following() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("steps-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        var channel = StepChannel(path: file.path)
        let now = Timestamp(nanoseconds: 1_000)
        #expect(channel.poll(now: now, live: true).isEmpty, "a file that is not there yet has no lines")
        try Data("@ e 5 begin a\n@ e 6 en".utf8).write(to: file)
        #expect(channel.poll(now: now, live: true).map(\.line) == [.begin(execution: "e", guestTime: 5, substep: "a")])
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        handle.write(Data("d a 0\n".utf8))
        let second = channel.poll(now: Timestamp(nanoseconds: 2_000), live: true)
        #expect(
            second == [
                TimedStepLine(
                    time: Timestamp(nanoseconds: 2_000), line: .end(execution: "e", guestTime: 6, substep: "a", status: 0), late: false)
            ])
    }

    @Test("what was written while nobody listened is placed by the guest's clock")
    func late() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("steps-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("@ e 5 begin a\n".utf8).write(to: file)
        var channel = StepChannel(path: file.path)
        let lines = channel.poll(now: Timestamp(nanoseconds: 9_000), live: false)
        #expect(lines.map(\.time) == [Timestamp(nanoseconds: 5)])
        #expect(lines.map(\.late) == [true])
    }
}
