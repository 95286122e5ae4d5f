import RehearsalHistory
import RehearsalModel

/// An answer on a kept connection; answers come in the order of the requests.
struct KeptReply {
    var outcome: SampleOutcome
    var detail: String?
    /// The server closes the connection in order after this answer.
    var closes = false
}

/// Turns questions into the bytes sent on a kept connection, and bytes received on it into answers.
protocol KeptCodec {
    /// Whether the server may close an idle connection without that being a fault.
    var mayCloseIdle: Bool { get }
    /// The bytes that ask one question.
    func request(_ sequence: UInt64) -> [UInt8]
    /// Forgets everything about the previous connection.
    mutating func reset()
    /// Takes bytes; `next` gives the sequence of the request each further answer belongs to, in order.
    mutating func feed(_ bytes: UnsafeRawBufferPointer, next: (Int) -> UInt64?) throws -> [KeptReply]
    /// Takes the end of the connection by the peer; returns the answer that ends with it, if there is one.
    mutating func finish() -> KeptReply?
}

/// Kinds `tcp-kept` and `http-kept`: one long-lived connection, one request on it for each attempt.
///
/// Requests are sent on schedule without waiting for earlier answers. A broken connection fails every attempt that was
/// waiting on it, and the next attempt connects again. A connection is dead when its oldest attempt has used up its timeout;
/// the probe then closes it, as a client would. A request that was never sent waits for the next connection.
final class KeptProbe: NetworkProbe, StreamConnectionDelegate {
    /// How long a connection may take to open.
    static let reconnect = ProbeSetting(
        "reconnect_s", .seconds(in: 0.05...600), .standard("1"), "while connecting, a fresh socket is tried so many seconds apart")

    private let endpoint: Endpoint
    private let security: StreamSecurity?
    private let reconnect: Int64
    private let loop: EventLoop
    private var codec: any KeptCodec
    private var stream: StreamConnection?
    /// When the connection was opened, on the monotonic clock.
    private var opened: Int64 = 0
    private var connectTimer: UInt64?
    /// Attempts without an answer, oldest first.
    private var waiting: [Attempt] = []
    /// How many of them, from the oldest, have been sent on the current connection.
    private var sent = 0
    /// Why the connection broke while nothing was waiting on it.
    private var broken: (SampleOutcome, String)?

    init(endpoint: Endpoint, security: StreamSecurity? = nil, reconnect: Int64, codec: any KeptCodec, loop: EventLoop) {
        self.endpoint = endpoint
        self.security = security
        self.reconnect = reconnect
        self.codec = codec
        self.loop = loop
    }

    func begin(_ attempt: Attempt) {
        if let broken {
            // A client that uses its connection now learns that it is gone.
            self.broken = nil
            attempt.finish(broken.0, broken.1)
            return
        }
        waiting.append(attempt)
        guard let stream else { return connect() }
        if stream.isOpen { sendWaiting(stream) }
    }

    func expire(_ attempt: Attempt) {
        guard let position = waiting.firstIndex(where: { $0 === attempt }) else {
            return attempt.finish(.timeout, nil)
        }
        if position < sent {
            // Answers come in order: nothing behind this one can arrive either.
            let given = waiting[..<sent]
            waiting.removeFirst(sent)
            drop()
            attempt.finish(.timeout, "no answer on the kept connection")
            for other in given { other.finish(.timeout, "kept connection given up as dead") }
            if !waiting.isEmpty { connect() }
        } else {
            waiting.remove(at: position)
            attempt.finish(.timeout, "not connected")
        }
    }

    func shutDown() {
        drop()
        waiting = []
    }

    // MARK: Connection

    private func connect() {
        codec.reset()
        sent = 0
        let stream = StreamConnection(loop: loop, security: security, delegate: self)
        self.stream = stream
        connectTimer = loop.schedule(at: MonotonicClock.now + reconnect) { [unowned self] in
            // The kernel repeats a lost SYN after seconds; a fresh socket asks at once.
            connectTimer = nil
            drop()
            if !waiting.isEmpty { connect() }
        }
        stream.connect(to: endpoint)
    }

    private func drop() {
        if let connectTimer { loop.cancel(connectTimer) }
        connectTimer = nil
        stream?.close()
        stream = nil
        sent = 0
    }

    private func sendWaiting(_ stream: StreamConnection) {
        while sent < waiting.count, stream.isOpen {
            let attempt = waiting[sent]
            attempt.noteConnected(at: opened)
            sent += 1
            stream.send(codec.request(attempt.sequence))
        }
    }

    func connectionOpened(_ connection: StreamConnection) {
        if let connectTimer { loop.cancel(connectTimer) }
        connectTimer = nil
        opened = MonotonicClock.now
        sendWaiting(connection)
    }

    func connection(_ connection: StreamConnection, received bytes: UnsafeRawBufferPointer) {
        do {
            let replies = try codec.feed(bytes) { [waiting, sent] in $0 < sent ? waiting[$0].sequence : nil }
            for reply in replies where !take(reply) { return }
        } catch {
            // Nothing that follows can be told apart: a client would start again.
            failAll(.wrong, "not the answer to what was sent")
        }
    }

    func connectionEnded(_ connection: StreamConnection, _ end: StreamEnd) {
        let wasConnecting = connectTimer != nil
        if let connectTimer { loop.cancel(connectTimer) }
        connectTimer = nil
        stream = nil
        switch end {
        case .closed:
            if let reply = codec.finish(), !take(reply) { return }
            if waiting.isEmpty {
                if !codec.mayCloseIdle { broken = (.reset, "kept connection was closed by the peer") }
            } else {
                failAll(.reset, "kept connection closed by the peer")
            }
        case .failed, .insecure:
            let failure = end.failure(while: wasConnecting ? "connecting" : "waiting for an answer")
            if waiting.isEmpty {
                broken = (failure.outcome, failure.detail)
            } else {
                failAll(failure.outcome, failure.detail)
            }
        }
        sent = 0
    }

    /// Gives the oldest attempt its answer; returns whether the connection goes on.
    private func take(_ reply: KeptReply) -> Bool {
        guard sent > 0 else {
            drop()
            broken = (.wrong, "answer without a question")
            return false
        }
        let attempt = waiting.removeFirst()
        sent -= 1
        attempt.finish(reply.outcome, reply.detail)
        guard reply.closes else { return true }
        // The server ended the connection in order: what it has not answered goes to a new one.
        drop()
        if !waiting.isEmpty { connect() }
        return false
    }

    private func failAll(_ outcome: SampleOutcome, _ detail: String) {
        drop()
        let failed = waiting
        waiting = []
        for attempt in failed { attempt.finish(outcome, detail) }
    }
}
