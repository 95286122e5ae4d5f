import Foundation
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalStore
import RehearsalTesting
import Testing

@testable import RehearsalRuns

@Suite("what is kept of the past")
final class RetentionTests {
    private let scratch = Scratch()
    private var state: URL { scratch.url }

    @Test("a setting is kept, and what it does not say has its default")
    func kept() throws {
        #expect(try Retention.read(state: state) == Retention())
        var retention = Retention()
        retention.runs = 3
        try retention.write(state: state)
        #expect(try Retention.read(state: state) == retention)
        try Data(#"{"checkpoint_bytes": 5}"#.utf8).write(to: state.appendingPathComponent("retention.json"))
        retention = Retention()
        retention.checkpointBytes = 5
        #expect(try Retention.read(state: state) == retention)
    }

    @Test(
        "a setting that makes no sense is refused, and not taken for another",
        arguments: ["", "[]", #"{"runs": 0}"#, #"{"runs": "all"}"#, #"{"checkpoint_bytes": -1}"#])
    func refused(_ text: String) throws {
        try Data(text.utf8).write(to: state.appendingPathComponent("retention.json"))
        let error = #expect(throws: RunError.self) { try Retention.read(state: state) }
        #expect(error?.code == .invalid)
    }

    @Test("the oldest ended runs go; one that did not end stays")
    func applied() throws {
        let index = RunIndex(stateDirectory: state)
        let names = try (0..<4).map { number in
            let store = try index.create(strategy: "none", at: Timestamp(nanoseconds: Int64(number + 1) * 1_000_000_000_000))
            let begun = Timestamp(nanoseconds: Int64(number + 1) * 1_000_000_000_000)
            _ = try store.append(Event(time: begun, .runStarted))
            if number != 1 { _ = try store.append(Event(time: begun.advanced(byNanoseconds: 1_000_000_000), .runEnded)) }
            try store.close()
            return store.directory.lastPathComponent
        }
        var retention = Retention()
        #expect(try retention.apply(to: index).removed.isEmpty)
        retention.runs = 1
        #expect(try retention.apply(to: index).removed == [names[0], names[2]])
        #expect(try index.list().map(\.identifier) == [names[1], names[3]])
    }
}
