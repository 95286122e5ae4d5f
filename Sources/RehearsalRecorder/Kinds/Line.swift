import RehearsalHistory
import RehearsalModel

/// Kind `line`: sends a line on a new connection and looks how the answer begins, as protocols of text have it (Redis, memcached, SMTP).
struct LineQuestion: ProbeQuestion {
    /// How many bytes a line may have, and how many of an answer are looked at.
    static let longest = 200
    private static let target = ProbeForm.endpoint(example: 6379)
    private static let send = ProbeSetting("send", .text(atMost: longest), .required, "the line; CR and LF are put behind it")
    private static let expect = ProbeSetting("expect", .text(atMost: longest), .required, "what the answer must begin with")
    static let kind = ProbeKind(
        "line", target: target, rightWhen: "the answer to a line on a new connection begins as expected",
        detail: "the beginning of an answer that is wrong", settings: StreamSecurity.settings(behind: [send, expect]))

    let endpoint: Endpoint
    let line: [UInt8]
    let expected: [UInt8]
    let security: StreamSecurity.Wish?

    init(_ probe: ProbeSpecification) throws(ProbeProblem) {
        endpoint = try probe.target(as: Self.target)
        line = Array((try probe.value(of: Self.send) + "\r\n").utf8)
        expected = Array(try probe.value(of: Self.expect).utf8)
        security = try StreamSecurity.Wish(probe)
    }

    func prepare() throws(PreparationFailure) -> PreparedProbe {
        let security = try security?.made()
        return .onLoop { LineProbe(question: self, security: security, loop: $0) }
    }
}

/// Opens a new connection for each attempt, sends the line, and reads until the answer can be judged.
final class LineProbe: NetworkProbe {
    private let question: LineQuestion
    private let security: StreamSecurity?
    private let loop: EventLoop
    private var exchanges: [UInt64: (connection: StreamConnection, exchange: Exchange)] = [:]

    init(question: LineQuestion, security: StreamSecurity?, loop: EventLoop) {
        self.question = question
        self.security = security
        self.loop = loop
    }

    func begin(_ attempt: Attempt) {
        let exchange = Exchange(attempt: attempt, probe: self)
        let connection = StreamConnection(loop: loop, security: security, delegate: exchange)
        exchanges[attempt.sequence] = (connection, exchange)
        connection.connect(to: question.endpoint)
    }

    func expire(_ attempt: Attempt) {
        let exchange = exchanges.removeValue(forKey: attempt.sequence)
        attempt.finish(.timeout, attempt.connected == nil ? "not connected" : "no answer")
        exchange?.connection.close()
    }

    func shutDown() {
        for exchange in exchanges.values { exchange.connection.close() }
        exchanges = [:]
    }

    private final class Exchange: StreamConnectionDelegate {
        let attempt: Attempt
        unowned let probe: LineProbe
        private var answer: [UInt8] = []

        init(attempt: Attempt, probe: LineProbe) {
            self.attempt = attempt
            self.probe = probe
        }

        func connectionOpened(_ connection: StreamConnection) {
            attempt.noteConnected()
            connection.send(probe.question.line)
        }

        func connection(_ connection: StreamConnection, received bytes: UnsafeRawBufferPointer) {
            attempt.noteFirstByte()
            let expected = probe.question.expected
            answer += bytes.prefix(LineQuestion.longest - answer.count)
            if answer.starts(with: expected) {
                attempt.finish(.ok, nil)
            } else if !expected.starts(with: answer) {
                let first = answer.prefix { $0 != 13 && $0 != 10 }.prefix(60)
                attempt.finish(.wrong, "answered \"\(String(decoding: first, as: UTF8.self))\"")
            } else {
                return
            }
            probe.exchanges[attempt.sequence] = nil
            connection.close()
        }

        func connectionEnded(_ connection: StreamConnection, _ end: StreamEnd) {
            let action = attempt.connected == nil ? "connecting" : "waiting for the answer"
            let failure = end.failure(while: action)
            attempt.finish(failure.outcome, failure.detail)
            probe.exchanges[attempt.sequence] = nil
        }
    }
}
