import RehearsalHistory
import RehearsalModel

/// Kind `tcp-kept`: one long-lived connection to an echo server, one line on it for each attempt.
struct KeptTCPQuestion: ProbeQuestion {
    private static let target = ProbeForm.endpoint(example: 7)
    static let kind = ProbeKind(
        "tcp-kept", target: target,
        rightWhen: "its own line (`rehearsal 1`, then `2`, …) comes back on the one long-lived connection, as an echo server sends it",
        settings: StreamSecurity.settings(behind: [KeptProbe.reconnect]))

    let endpoint: Endpoint
    /// Nanoseconds after which a connection that is not yet open is given up for a fresh one.
    let reconnect: Int64
    let security: StreamSecurity.Wish?

    init(_ probe: ProbeSpecification) throws(ProbeProblem) {
        endpoint = try probe.target(as: Self.target)
        reconnect = try probe.value(of: KeptProbe.reconnect)
        security = try StreamSecurity.Wish(probe)
    }

    func prepare() throws(PreparationFailure) -> PreparedProbe {
        let security = try security?.made()
        return .onLoop { KeptProbe(endpoint: endpoint, security: security, reconnect: reconnect, codec: EchoCodec(), loop: $0) }
    }
}

/// Lines that come back as they were sent.
struct EchoCodec: KeptCodec {
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
