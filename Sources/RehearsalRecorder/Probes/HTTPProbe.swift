import RehearsalHistory

/// Kinds `http` and `keystone`: a new connection and one request for each attempt.
///
/// An answer counts when it is complete, body included.
final class HTTPProbe: NetworkProbe {
    private let request: HTTPRequest
    private let bytes: [UInt8]
    private let security: StreamSecurity?
    private let loop: EventLoop
    private var exchanges: [UInt64: (StreamConnection, Exchange)] = [:]

    init(request: HTTPRequest, security: StreamSecurity? = nil, loop: EventLoop) {
        self.request = request
        self.security = security
        self.loop = loop
        bytes = request.bytes
    }

    func begin(_ attempt: Attempt) {
        let exchange = Exchange(attempt: attempt, probe: self)
        let connection = StreamConnection(loop: loop, security: security, delegate: exchange)
        exchanges[attempt.sequence] = (connection, exchange)
        connection.connect(to: request.endpoint)
    }

    func expire(_ attempt: Attempt) {
        let exchange = exchanges.removeValue(forKey: attempt.sequence)
        attempt.finish(.timeout, "no answer while \(exchange?.1.phase ?? "connecting")")
        exchange?.0.close()
    }

    func shutDown() {
        for exchange in exchanges.values { exchange.0.close() }
        exchanges = [:]
    }

    private final class Exchange: StreamConnectionDelegate {
        let attempt: Attempt
        unowned let probe: HTTPProbe
        var parser: HTTPResponseParser
        var phase = "connecting"

        init(attempt: Attempt, probe: HTTPProbe) {
            self.attempt = attempt
            self.probe = probe
            parser = HTTPResponseParser(method: probe.request.method)
        }

        func connectionOpened(_ connection: StreamConnection) {
            phase = "waiting for the response"
            attempt.noteConnected()
            connection.send(probe.bytes)
        }

        func connection(_ connection: StreamConnection, received bytes: UnsafeRawBufferPointer) {
            do {
                attempt.noteFirstByte()
                phase = "reading the response"
                guard let response = try parser.feed(bytes).first else { return }
                settle(response)
            } catch {
                attempt.finish(.wrong, error.reason)
            }
            connection.close()
            probe.exchanges[attempt.sequence] = nil
        }

        func connectionEnded(_ connection: StreamConnection, _ end: StreamEnd) {
            if case .closed = end, let response = parser.finish() {
                settle(response)
            } else {
                let failure = end.failure(while: phase)
                attempt.finish(failure.outcome, failure.detail)
            }
            probe.exchanges[attempt.sequence] = nil
        }

        private func settle(_ response: HTTPResponseParser.Response) {
            attempt.finish(probe.request.isExpected(response.status) ? .ok : .wrong, response.detail)
        }
    }
}
