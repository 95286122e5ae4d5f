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
            probe("line", "192.0.2.10:6379", ["send": "PING", "expect": "+PONG"]),
            probe("http", "http://192.0.2.10/", ["expect": "200, 300-399", "timeout_s": "0.5"]),
            probe("http-kept", "http://192.0.2.10:8080/x?y=1"),
            probe("http-sequence", "https://192.0.2.10:8774", ["calls": "GET /\n=> 200", "ca_file": "/etc/ca.pem"]),
            probe("keystone", "http://192.0.2.10:5000/v3", credentials.merging(["project": "admin"]) { $1 }),
            probe("sql", "192.0.2.10:3306", credentials.merging(["database": "rehearsal"]) { $1 }),
            probe("amqp", "192.0.2.11:5672", credentials.merging(["queue": "q", "addresses": "192.0.2.11,192.0.2.12:5673"]) { $1 }),
        ]
        for each in all { #expect(problems(each) == []) }
        #expect(Set(all.map(\.kind)) == Set(ProbeKinds.all.map(\.name)))
    }

    private func problems(_ probe: ProbeSpecification) -> [String] {
        do {
            _ = try probe.parsed()
            return []
        } catch {
            return error.problems
        }
    }

    @Test("a kind's question reads what the kind says is right", arguments: ProbeKinds.questions.map { QuestionType(type: $0) })
    func kinds(_ question: QuestionType) throws {
        let kind = question.type.kind
        var specification = probe(kind.name, kind.target.example)
        for setting in kind.settings where setting.absence == .required {
            specification.settings[setting.name] = setting.checkedForm.example
        }
        #expect(type(of: try specification.parsed().question) == question.type)
        for setting in kind.settings {
            #expect(setting.checkedForm.accepts(setting.checkedForm.example), "\(setting.name)")
            if case .standard(let text) = setting.absence { #expect(setting.checkedForm.accepts(text), "\(setting.name)") }
            if let bridgeSetting = setting.bridgeSetting { #expect(kind.setting(named: bridgeSetting) != nil) }
            specification.settings[setting.name] = setting.checkedForm.example
        }
        #expect(problems(specification) == [])
        #expect(Set(kind.settings.map(\.name)).count == kind.settings.count)
    }

    /// A type of question, which a test can be given.
    struct QuestionType: CustomTestStringConvertible {
        let type: any ProbeQuestion.Type
        var testDescription: String { type.kind.name }
    }

    @Test("kinds have names of their own")
    func names() {
        #expect(Set(ProbeKinds.all.map(\.name)).count == ProbeKinds.all.count)
    }

    @Test(
        "a wrong specification is named with its problem",
        arguments: [
            ("icmp", "controller-0", [:], #"target: "controller-0" is not an IPv4 address (for example 192.0.2.10)"#),
            ("icmp", "192.0.2.256", [:], #"target: "192.0.2.256" is not an IPv4 address (for example 192.0.2.10)"#),
            ("tcp", "192.0.2.1", [:], #"target: "192.0.2.1" is not of the form 192.0.2.10:80 (for example 192.0.2.10:80)"#),
            ("tcp", "192.0.2.1:0", [:], #"target: "192.0.2.1:0" is not of the form 192.0.2.10:80 (for example 192.0.2.10:80)"#),
            (
                "http", "ftp://192.0.2.1/", [:],
                #"target: "ftp://192.0.2.1/" is not of the form http://192.0.2.10:8080/path or https://192.0.2.10/path (for example http://192.0.2.10:8080/)"#
            ),
            (
                "http", "http://192.0.2.1/", ["expect": "20"],
                #"setting expect: "20" is not a list of HTTP statuses such as 200-399,401 (for example 200-399)"#
            ),
            (
                "http", "http://192.0.2.1/", ["expect": ""],
                "setting expect: it is empty (for example 200-399)"
            ),
            (
                "http", "http://192.0.2.1/", ["timeout_s": "0"],
                #"setting timeout_s: "0" is not a number of seconds from 0.1 to 600 (for example 1)"#
            ),
            (
                "http", "http://192.0.2.1/", ["color": "red"],
                "setting color: unknown setting of kind http (known settings: ca_file, expect, method, server_name, timeout_s, verify)"
            ),
            (
                "sql", "192.0.2.1:3306", ["user": "u", "password": "x", "database": "a`b"],
                #"setting database: "a`b" is not a name of at most 64 letters, digits and _ (for example rehearsal_probe)"#
            ),
            ("sql", "192.0.2.1:3306", ["user": "u", "database": "d"], #"settings: setting "password" is missing (add it)"#),
            (
                "sql", "192.0.2.1:3306", ["user": "u", "password": "", "database": "d"],
                "setting password: it is empty (for example probe)"
            ),
            (
                "sql", "192.0.2.1:3306", ["user": "u", "password": "s\0", "database": "d"],
                "setting password: the secret is not text (for example probe)"
            ),
            (
                "sql", "192.0.2.1:3306", ["user": "u", "password": "x", "database": "d", "connection": "old"],
                #"setting connection: "old" is not kept or new (for example kept)"#
            ),
            (
                "amqp", "192.0.2.1:5672,nowhere", ["user": "u", "password": "x", "queue": "q"],
                #"target: "192.0.2.1:5672,nowhere" is not of the form 192.0.2.11:5672, or several of them with commas between "#
                    + "(for example 192.0.2.11:5672,192.0.2.12:5672)"
            ),
        ] as [(String, String, [String: String], String)])
    func wrong(kind: String, target: String, settings: [String: String], problem: String) {
        #expect(problems(probe(kind, target, settings)) == ["probe p: " + problem])
    }

    @Test("an unknown kind names the known ones")
    func unknownKind() {
        #expect(
            problems(probe("dns", "192.0.2.1")) == [
                #"probe p: kind: unknown probe kind "dns" (known kinds: amqp, arp, http, http-kept, http-sequence, icmp, keystone, line, sql, tcp, tcp-kept)"#
            ])
    }

    @Test("the time to connect to each of several servers is a share of ten seconds, and 3 s at most", arguments: [(1, 3.0), (4, 2.5)])
    func connectTimeout(servers: Int, seconds: Double) throws {
        let addresses = (1...servers).map { "192.0.2.\($0)" }.joined(separator: ",")
        let parsed = try probe("amqp", addresses, ["user": "u", "password": "x", "queue": "q"]).parsed()
        let question = try #require(parsed.question as? AMQPQuestion)
        #expect(question.endpoints.count == servers)
        #expect(question.connectTimeout == Int64(seconds * 1e9))
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
        let question = try #require(parsed.question as? KeystoneQuestion).request
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
        let text = #"{"run": "/x", "probes": []}"#
        let configuration = try JSONDecoder().decode(RecorderConfiguration.self, from: Data(text.utf8))
        #expect(configuration == RecorderConfiguration(run: "/x", probes: []))
        #expect(configuration.priority == .realtime)
        let again = try JSONDecoder().decode(RecorderConfiguration.self, from: JSONEncoder().encode(configuration))
        #expect(again == configuration)
    }
}
