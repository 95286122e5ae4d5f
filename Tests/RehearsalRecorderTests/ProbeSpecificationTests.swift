import Foundation
import RehearsalHistory
import RehearsalModel
import Testing

@testable import RehearsalRecorder

@Suite("probe specifications, as the recorder reads them")
struct ProbeSpecificationTests {
    private func probe(
        _ kind: String, _ target: String, period: Int = 100, _ settings: [String: String] = [:]
    ) -> ProbeSpecification {
        ProbeSpecification(name: "p", kind: kind, target: target, periodMilliseconds: period, settings: settings)
    }

    @Test("right specifications have no problems")
    func right() {
        let credentials = ["user": "u", "password": "s3cret"]
        let all = [
            probe("icmp", "192.0.2.10"), probe("tcp", "192.0.2.10:80"), probe("tcp-kept", "192.0.2.10:7"),
            probe("arp", "192.0.2.10", ["network": "ctlplane", "window_ms": "500"]),
            probe("http", "http://192.0.2.10/", ["expect": "200, 300-399", "timeout_s": "0.5"]),
            probe("http-kept", "http://192.0.2.10:8080/x?y=1"),
            probe("keystone", "http://192.0.2.10:5000/v3", credentials.merging(["project": "admin"]) { $1 }),
            probe("sql", "192.0.2.10:3306", credentials.merging(["database": "rehearsal"]) { $1 }),
            probe("amqp", "192.0.2.11:5672", credentials.merging(["queue": "q", "addresses": "192.0.2.11,192.0.2.12:5673"]) { $1 }),
        ]
        for each in all { #expect(each.recorderProblems == []) }
        #expect(Set(all.map(\.kind)) == Set(ProbeSpecification.knownSettings.keys))
    }

    @Test(
        "a wrong specification is named with its problem",
        arguments: [
            ("icmp", "controller-0", [:], "probe p: target controller-0 is not an IPv4 address"),
            ("icmp", "192.0.2.256", [:], "probe p: target 192.0.2.256 is not an IPv4 address"),
            ("tcp", "192.0.2.1", [:], "probe p: target 192.0.2.1 is not of the form 192.0.2.10:80"),
            ("tcp", "192.0.2.1:0", [:], "probe p: target 192.0.2.1:0 is not of the form 192.0.2.10:80"),
            ("http", "https://192.0.2.1/", [:], "probe p: target https://192.0.2.1/ is not of the form http://192.0.2.10:8080/path"),
            (
                "http", "http://192.0.2.1/", ["expect": "20"],
                "probe p: setting expect: 20 is not a list of HTTP statuses such as 200-399,401"
            ),
            ("http", "http://192.0.2.1/", ["expect": ""], "probe p: setting expect:  is not a list of HTTP statuses such as 200-399,401"),
            ("http", "http://192.0.2.1/", ["timeout_s": "0"], "probe p: setting timeout_s: 0 is not a number between 0.1 and 600.0"),
            (
                "http", "http://192.0.2.1/", ["color": "red"],
                "probe p: unknown setting color for kind http; known: expect, method, timeout_s"
            ),
            (
                "sql", "192.0.2.1:3306", ["user": "u", "password": "x", "database": "a`b"],
                "probe p: setting database: a`b may hold letters, digits and _ only"
            ),
            ("sql", "192.0.2.1:3306", ["user": "u", "database": "d"], "probe p: setting password is missing"),
            (
                "sql", "192.0.2.1:3306", ["user": "u", "password": "x", "database": "d", "connection": "old"],
                "probe p: setting connection: old is not kept or new"
            ),
            (
                "amqp", "192.0.2.1:5672,nowhere", ["user": "u", "password": "x", "queue": "q"],
                "probe p: address nowhere is not of the form 192.0.2.11:5672"
            ),
        ] as [(String, String, [String: String], String)])
    func wrong(kind: String, target: String, settings: [String: String], problem: String) {
        #expect(probe(kind, target, settings).recorderProblems == [problem])
    }

    @Test("an unknown kind names the known ones")
    func unknownKind() {
        #expect(
            probe("dns", "192.0.2.1").recorderProblems == [
                "probe p: unknown kind dns; known: amqp, arp, http, http-kept, icmp, keystone, sql, tcp, tcp-kept"
            ])
    }

    @Test("all problems come at once and show no secret")
    func problems() {
        let problems = [
            probe("keystone", "nowhere", period: 1, ["password": "s3cret", "extra": "s3cret"]), probe("icmp", "192.0.2.1"),
        ]
        do {
            _ = try Recorder.parse(problems)
            Issue.record("it was accepted")
        } catch {
            #expect(error.code == .invalidProbe)
            #expect(error.problems.count == 6)
            #expect(error.problems.contains("probe p: the name is used twice"))
            #expect(!error.description.contains("s3cret"))
            #expect(error.hint != nil)
        }
    }

    @Test("the Keystone probe asks for a token by password")
    func keystone() throws {
        let parsed = try probe(
            "keystone", "http://192.0.2.10:5000/v3/", ["user": "admin", "password": "a\"b", "project": "demo"]
        ).parsed()
        guard case .http(let question) = parsed.question else {
            Issue.record("not HTTP")
            return
        }
        #expect(question.path == "/v3/auth/tokens")
        #expect(question.isExpected(201))
        #expect(!question.isExpected(200))
        let body = try #require(question.body)
        let json = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        let identity = (json?["auth"] as? [String: Any])?["identity"] as? [String: Any]
        #expect(identity?["methods"] as? [String] == ["password"])
        let user = (identity?["password"] as? [String: Any])?["user"] as? [String: Any]
        #expect(user?["password"] as? String == "a\"b")
        let text = String(decoding: question.bytes, as: UTF8.self)
        #expect(text.hasPrefix("POST /v3/auth/tokens HTTP/1.1\r\nHost: 192.0.2.10:5000\r\n"))
        #expect(text.contains("Content-Length: \(body.utf8.count)\r\n"))
    }

    @Test("secrets are taken out of details")
    func secrets() throws {
        let parsed = try probe(
            "sql", "192.0.2.1:3306", ["user": "u", "password": "s3cret", "database": "d"]
        ).parsed()
        let sample = parsed.sample(
            start: Timestamp(nanoseconds: 0), latency: 1, outcome: .wrong, detail: "denied for s3cret, s3cret", starved: 0)
        #expect(sample.detail == "denied for …, …")
    }

    @Test("the recorder's configuration has defaults")
    func defaults() throws {
        let text = #"{"database": "/x/run.sqlite", "probes": []}"#
        let configuration = try JSONDecoder().decode(RecorderConfiguration.self, from: Data(text.utf8))
        #expect(configuration == RecorderConfiguration(database: "/x/run.sqlite", probes: []))
        #expect(configuration.priority == .realtime)
        let again = try JSONDecoder().decode(RecorderConfiguration.self, from: JSONEncoder().encode(configuration))
        #expect(again == configuration)
    }
}
