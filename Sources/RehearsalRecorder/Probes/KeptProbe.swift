import RehearsalHistory

/// An answer on a kept connection; answers come in the order of the requests.
struct KeptReply {
    var outcome: SampleOutcome
    var detail: String?
    /// The server closes the connection in order after this answer.
    var closes = false
}

/// The language spoken on a kept connection.
protocol KeptProtocol {
    /// Whether the server may close an idle connection without that being a fault.
    var mayCloseIdle: Bool { get }
    /// The bytes that ask one question.
    func request(_ sequence: UInt64) -> [UInt8]
    /// Forgets everything about the connection before.
    mutating func reset()
    /// Takes bytes; `next` gives the sequence of the request each further answer belongs to, in order.
    mutating func feed(_ bytes: UnsafeRawBufferPointer, next: (Int) -> UInt64?) throws -> [KeptReply]
    /// Tells that the peer closed; returns an answer that ends with it.
    mutating func finish() -> KeptReply?
}

/// Kinds `tcp-kept` and `http-kept`: one long-lived connection, one request on it for each attempt.
///
/// Requests are sent on schedule without waiting for earlier answers. A broken connection fails every attempt that was
/// waiting on it, and the next attempt connects again. A dead one, on which the oldest attempt has used up its timeout,
/// is given up the way a client gives it up. What was never sent waits for the next connection.
final class KeptProbe: NetworkProbe, StreamConnectionDelegate {
    private let endpoint: Endpoint
    private let reconnect: Int64
    private let loop: EventLoop
    private var language: any KeptProtocol
    private var stream: StreamConnection?
    private var connectTimer: UInt64?
    /// Attempts without an answer, oldest first.
    private var waiting: [Attempt] = []
    /// How many of them, from the oldest, have been sent on the current connection.
    private var sent = 0
    /// Why the connection broke while nothing was waiting on it.
    private var broken: (SampleOutcome, String)?

    init(endpoint: Endpoint, reconnect: Int64, language: any KeptProtocol, loop: EventLoop) {
        self.endpoint = endpoint
        self.reconnect = reconnect
        self.language = language
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
        language.reset()
        sent = 0
        let stream = StreamConnection(loop: loop, delegate: self)
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
            sent += 1
            stream.send(language.request(attempt.sequence))
        }
    }

    func connectionOpened(_ connection: StreamConnection) {
        if let connectTimer { loop.cancel(connectTimer) }
        connectTimer = nil
        sendWaiting(connection)
    }

    func connection(_ connection: StreamConnection, received bytes: UnsafeRawBufferPointer) {
        do {
            let replies = try language.feed(bytes) { [waiting, sent] in $0 < sent ? waiting[$0].sequence : nil }
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
            if let reply = language.finish(), !take(reply) { return }
            if waiting.isEmpty {
                if !language.mayCloseIdle { broken = (.reset, "kept connection was closed by the peer") }
            } else {
                failAll(.reset, "kept connection closed by the peer")
            }
        case .failed(let number):
            let failure = NetworkFailure(errno: number, while: wasConnecting ? "connecting" : "waiting for an answer")
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

/// Lines that come back as they were sent.
struct EchoProtocol: KeptProtocol {
    struct Malformed: Error {}

    let mayCloseIdle = false
    private var line: [UInt8] = []

    func request(_ sequence: UInt64) -> [UInt8] { Array("rehearsal \(sequence)\n".utf8) }

    mutating func reset() { line = [] }

    mutating func feed(_ bytes: UnsafeRawBufferPointer, next: (Int) -> UInt64?) throws -> [KeptReply] {
        var replies: [KeptReply] = []
        for byte in bytes {
            line.append(byte)
            guard byte == 10 else {
                if line.count > 256 { throw Malformed() }
                continue
            }
            guard let sequence = next(replies.count), request(sequence) == line else { throw Malformed() }
            replies.append(KeptReply(outcome: .ok))
            line = []
        }
        return replies
    }

    mutating func finish() -> KeptReply? { nil }
}

/// HTTP/1.1 requests on a kept connection.
struct KeptHTTPProtocol: KeptProtocol {
    let mayCloseIdle = true
    private let question: HTTPQuestion
    private let bytes: [UInt8]
    private var parser: HTTPResponseParser

    init(question: HTTPQuestion) {
        self.question = question
        bytes = question.bytes
        parser = HTTPResponseParser(method: question.method)
    }

    func request(_ sequence: UInt64) -> [UInt8] { bytes }

    mutating func reset() { parser = HTTPResponseParser(method: question.method) }

    mutating func feed(_ bytes: UnsafeRawBufferPointer, next: (Int) -> UInt64?) throws -> [KeptReply] {
        try parser.feed(bytes).map(reply)
    }

    mutating func finish() -> KeptReply? { parser.finish().map(reply) }

    private func reply(_ response: HTTPResponseParser.Response) -> KeptReply {
        KeptReply(
            outcome: question.isExpected(response.status) ? .ok : .wrong, detail: response.detail,
            closes: response.closes)
    }
}
