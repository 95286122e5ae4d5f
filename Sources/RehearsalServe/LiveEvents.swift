import FlyingSocks
import Foundation
import RehearsalHistory
import RehearsalReport

/// The stream of a run's page (server-sent events, HTML standard section 9.2): each part of the page is sent when it has changed.
///
/// The next message is made when the socket has taken the last one, so that nothing waits in memory for a slow reader.
struct LiveEvents: AsyncBufferedSequence {
    typealias Element = UInt8

    let follower: RunFollower

    /// How often a run is looked at, in seconds.
    static let period = 1.0
    /// How often something is sent even if nothing has changed, in seconds.
    static let heartbeat = 10.0

    func makeAsyncIterator() -> Iterator { Iterator(follower: follower) }

    struct Iterator: AsyncBufferedIteratorProtocol {
        let follower: RunFollower
        private var sent: [String: String] = [:]
        private var spoken = -Double.infinity
        private var clock = 0.0
        private var isOver = false
        /// What the socket has not taken yet.
        private var pending: ArraySlice<UInt8> = []

        init(follower: RunFollower) { self.follower = follower }

        mutating func next() async throws -> UInt8? { try await nextBuffer(suggested: 1)?.first }

        mutating func nextBuffer(suggested count: Int) async throws -> ArraySlice<UInt8>? {
            if pending.isEmpty {
                guard !isOver, let message = try await nextMessage() else { return nil }
                pending = ArraySlice(message.utf8)
            }
            let buffer = pending.prefix(Swift.max(1, count))
            pending = pending.dropFirst(buffer.count)
            return buffer
        }

        private mutating func nextMessage() async throws -> String? {
            while true {
                if !sent.isEmpty { try await Task.sleep(for: .seconds(LiveEvents.period)) }
                clock += LiveEvents.period
                let page = try await follower.drawn()
                var text = ""
                for part in page.parts where sent[part.id] != part.html {
                    sent[part.id] = part.html
                    text += Self.message("part", ["id": part.id, "html": part.html])
                }
                if !text.isEmpty || clock - spoken >= LiveEvents.heartbeat {
                    spoken = clock
                    text += Self.message("beat", ["age": page.sampleAge.map { "\(Int($0))" } ?? ""])
                }
                if page.hasEnded {
                    isOver = true
                    text += Self.message("end", [:])
                }
                if !text.isEmpty { return text }
            }
        }

        private static func message(_ kind: String, _ data: [String: String]) -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            // Strings alone cannot fail to encode, and JSON has no line ends of its own.
            let json = (try? encoder.encode(data)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
            return "event: \(kind)\ndata: \(json)\n\n"
        }
    }
}
