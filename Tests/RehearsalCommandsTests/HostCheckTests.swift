import Foundation
import RehearsalHost
import Testing

@testable import RehearsalCommands

@Suite("checks of the host")
struct HostCheckTests {
    private func failed(_ name: String, _ cause: HostCheck.Cause) -> HostCheck {
        HostCheck(name: name, result: .failed, detail: "no \(name)", remedy: "get \(name)", cause: cause)
    }

    @Test("what is in the way is said all at once, with its remedies; it is bad input only if all of it is")
    func statuses() throws {
        let room = failed("room", .input)
        let ids = failed("ids", .host)
        #expect(HostCheck.failure(of: [HostCheck(name: "tun", result: .warning, detail: "", remedy: nil)]) == nil)
        #expect(HostCheck.failure(of: [room])?.status == .usage)
        #expect(HostCheck.failure(of: [ids])?.status == .harness)
        let both = try #require(HostCheck.failure(of: [room, ids]))
        #expect(both.status == .harness)
        #expect(both.message == "room: no room\n  hint: get room\nids: no ids\n  hint: get ids")
    }

    @Test("the status stays out of doctor's JSON")
    func json() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(failed("room", .input)), as: UTF8.self)
        #expect(text == #"{"detail":"no room","name":"room","remedy":"get room","result":"failed"}"#)
    }
}
