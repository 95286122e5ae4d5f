import RehearsalModel

/// Kind `http`: a new connection and one request for each attempt.
struct HTTPQuestion: ProbeQuestion {
    private static let target = ProbeForm.location(example: "http://192.0.2.10:8080/")
    static let kind = ProbeKind(
        "http", target: target, rightWhen: "the complete answer on a new connection has an expected status",
        detail: "status, and `X-Rehearsal-Machine`", settings: StreamSecurity.identity(behind: [HTTPRequest.expect, HTTPRequest.method]))

    let request: HTTPRequest

    init(_ probe: ProbeSpecification) throws(ProbeProblem) {
        request = try HTTPRequest(probe, target: Self.target, isKept: false)
    }

    func prepare() throws(PreparationFailure) -> PreparedProbe {
        let security = try request.security?.made()
        return .onLoop { HTTPProbe(request: request, security: security, loop: $0) }
    }
}
