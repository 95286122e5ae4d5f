import Foundation
import RehearsalModel

/// Kind `keystone`: asks Keystone for a token with a password, on a new connection for each attempt.
struct KeystoneQuestion: ProbeQuestion {
    private static let target = ProbeForm.location(example: "http://192.0.2.10:5000/v3")
    private static let user = ProbeSetting("user", .text, .required, "the account")
    private static let password = ProbeSetting("password", .text, .required, "its password", isSecret: true)
    private static let project = ProbeSetting("project", .text, .required, "the project that the token is for")
    private static let userDomain = ProbeSetting("user_domain", .text, .standard("Default"), "the domain of the account")
    private static let projectDomain = ProbeSetting("project_domain", .text, .standard("Default"), "the domain of the project")
    static let kind = ProbeKind(
        "keystone", target: target, rightWhen: "a token is issued for a password (201)", detail: "status, and `X-Rehearsal-Machine`",
        settings: StreamSecurity.identity(behind: [user, password, project, userDomain, projectDomain]))

    let request: HTTPRequest

    init(_ probe: ProbeSpecification) throws(ProbeProblem) {
        let location = try probe.target(as: Self.target)
        let base = location.path.hasSuffix("/") ? String(location.path.dropLast()) : location.path
        request = HTTPRequest(
            endpoint: location.endpoint, security: try StreamSecurity.Wish(probe, isSecure: location.isSecure),
            path: base + "/auth/tokens", method: "POST", body: try Self.body(probe), isKept: false, expected: [201...201])
    }

    func prepare() throws(PreparationFailure) -> PreparedProbe {
        let security = try request.security?.made()
        return .onLoop { HTTPProbe(request: request, security: security, loop: $0) }
    }

    /// The body of a request for a token, as Keystone's API 3 defines it.
    private static func body(_ probe: ProbeSpecification) throws(ProbeProblem) -> String {
        let userDomain = try probe.value(of: userDomain)
        let projectDomain = try probe.value(of: projectDomain)
        let credentials: [String: Any] = [
            "name": try probe.value(of: user), "password": try probe.value(of: password), "domain": ["name": userDomain],
        ]
        let identity: [String: Any] = ["methods": ["password"], "password": ["user": credentials]]
        let scope: [String: Any] = ["project": ["name": try probe.value(of: project), "domain": ["name": projectDomain]] as [String: Any]]
        let body: [String: Any] = ["auth": ["identity": identity, "scope": scope]]
        // Dictionaries of strings can always be written as JSON.
        let data = (try? JSONSerialization.data(withJSONObject: body, options: [.sortedKeys])) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }
}
