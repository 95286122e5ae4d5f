import Foundation
import RehearsalHost
import RehearsalModel
import RehearsalTestbed
import Testing

@testable import RehearsalKeeper

/// What docs/keeper.md says of the bodies, to the letter: other programs read and write them, too.
@Suite("the keeper's bodies")
struct KeeperAPITests {
    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    @Test("times are whole nanoseconds, and what is not known is left out")
    func answers() throws {
        let status = TestbedStatus(
            name: "t", directory: "/d", accelerator: .tcg, connection: "embedded", started: Timestamp(nanoseconds: 17),
            machines: [.init(name: "m", state: .running)], processes: [.init(pid: 4, argv: ["a"], running: true)])
        #expect(
            try json(status)
                == #"{"accelerator":"tcg","connection":"embedded","directory":"/d","machines":[{"name":"m","state":"running"}],"#
                + #""name":"t","processes":[{"argv":["a"],"pid":4,"running":true}],"started":17}"#)
        let event = MachineEvent(sequence: 1, time: Timestamp(nanoseconds: 5), machine: "m", kind: .stopped, reason: "destroyed")
        #expect(
            try json(KeeperAnswer.Events(events: [event]))
                == #"{"events":[{"kind":"stopped","machine":"m","reason":"destroyed","sequence":1,"time":5}]}"#)
        #expect(
            try json(CommandResult(status: 3, standardOutput: "o", standardError: "e")) == #"{"status":3,"stderr":"e","stdout":"o"}"#)
        #expect(try json(KeeperAnswer.Done()) == #"{"ok":true}"#)
        #expect(try json(KeeperAnswer.File(contentBase64: "YQ==")) == #"{"content_base64":"YQ=="}"#)
    }

    @Test("a failure of the host is told like any other")
    func failures() throws {
        let error = TestbedError(HostError(.timeout, "command 'sleep 9' did not end in 1 s"))
        #expect(
            try json(KeeperAnswer.Failure(error: error))
                == #"{"error":{"code":"timeout","message":"command 'sleep 9' did not end in 1 s"}}"#)
        let hinted = TestbedError(HostError(.host, "no tap", hint: "modprobe tun"))
        #expect(try json(KeeperAnswer.Failure(error: hinted)) == #"{"error":{"code":"host","hint":"modprobe tun","message":"no tap"}}"#)
    }

    @Test("requests may leave out what has a default")
    func requests() throws {
        func read<T: Decodable>(_ type: T.Type, _ text: String) throws -> T { try JSONDecoder().decode(type, from: Data(text.utf8)) }
        let run = try read(KeeperRequest.Run.self, #"{"argv":["a"],"timeout_s":2}"#)
        #expect(run.argv == ["a"] && run.timeoutSeconds == 2 && run.detached == nil && run.log == nil)
        let command = try read(KeeperRequest.GuestExecute.self, #"{"argv":["a"],"input_base64":"YQ=="}"#)
        #expect(command.inputBase64 == "YQ==" && command.input == nil && command.timeoutSeconds == nil)
        #expect(try read(KeeperRequest.Checkpoint.self, #"{"folder":"/f"}"#).compressed == nil)
        #expect(try read(KeeperRequest.WriteFile.self, #"{"path":"/p","content_base64":""}"#).mode == nil)
    }
}
