import RehearsalHistory
import RehearsalModel

/// Kind `tcp`: a new connection for each attempt.
struct TCPQuestion: ProbeQuestion {
    private static let target = ProbeForm.endpoint(example: 80)
    static let kind = ProbeKind(
        "tcp", target: target, rightWhen: "a new connection is established; nothing is sent", settings: StreamSecurity.settings())

    let endpoint: Endpoint
    let security: StreamSecurity.Wish?

    init(_ probe: ProbeSpecification) throws(ProbeProblem) {
        endpoint = try probe.target(as: Self.target)
        security = try StreamSecurity.Wish(probe)
    }

    func prepare() throws(PreparationFailure) -> PreparedProbe {
        let security = try security?.made()
        return .onLoop { ConnectProbe(endpoint: endpoint, security: security, loop: $0) }
    }
}

/// Opens a new connection for each attempt, which is right when it is established.
final class ConnectProbe: NetworkProbe {
    private let endpoint: Endpoint
    private let security: StreamSecurity?
    private let loop: EventLoop
    private var connections: [UInt64: StreamConnection] = [:]

    init(endpoint: Endpoint, security: StreamSecurity? = nil, loop: EventLoop) {
        self.endpoint = endpoint
        self.security = security
        self.loop = loop
    }

    func begin(_ attempt: Attempt) {
        let connection = StreamConnection(loop: loop, security: security, delegate: Exchange(attempt: attempt, probe: self))
        connections[attempt.sequence] = connection
        connection.connect(to: endpoint)
    }

    func expire(_ attempt: Attempt) {
        attempt.finish(.timeout, "not connected")
        connections.removeValue(forKey: attempt.sequence)?.close()
    }

    func shutDown() {
        for connection in connections.values { connection.close() }
        connections = [:]
    }

    private final class Exchange: StreamConnectionDelegate {
        let attempt: Attempt
        unowned let probe: ConnectProbe

        init(attempt: Attempt, probe: ConnectProbe) {
            self.attempt = attempt
            self.probe = probe
        }

        func connectionOpened(_ connection: StreamConnection) {
            attempt.noteConnected()
            attempt.finish(.ok, nil)
            probe.connections[attempt.sequence] = nil
            connection.close()
        }

        func connection(_ connection: StreamConnection, received bytes: UnsafeRawBufferPointer) {}

        func connectionEnded(_ connection: StreamConnection, _ end: StreamEnd) {
            let failure = end.failure(while: "connecting")
            attempt.finish(failure.outcome, failure.detail)
            probe.connections[attempt.sequence] = nil
        }
    }
}
