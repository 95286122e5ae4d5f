import RehearsalDeclaration
import RehearsalModel
import Testing

@Suite("a file of probes that stands for itself")
struct ProbesDocumentTests {
    private static let kinds = [
        ProbeKind(
            "ask", target: ProbeForm.endpoint(example: 80), rightWhen: "it answers",
            settings: [
                ProbeSetting("password", .text, .foundOut("none"), "a password", isSecret: true),
                ProbeSetting("network", .network, .foundOut("none"), "a network", bridgeSetting: "interface"),
                ProbeSetting("interface", .interface, .foundOut("none"), "an interface"),
            ])
    ]

    private func decode(_ text: String, environment: [String: String] = [:]) throws -> ProbesDocument {
        try ProbesDocument.decode(text: text, file: "probes.yaml", kinds: Self.kinds, environment: environment).value
    }

    private func problems(_ text: String, environment: [String: String] = [:]) -> String {
        do {
            _ = try decode(text, environment: environment)
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test("probes, secrets from the environment, and budgets are read")
    func whole() throws {
        let document = try decode(
            """
            secrets: [api_password]
            probes:
              - {name: api, kind: ask, target: "192.0.2.10:80", period_ms: 100, settings: {password: "{{{secret.api_password}}}"}}
            expectations:
              - {probe: "a*", patience_s: 1, longest_outage_s: 2}
            """, environment: ["API_PASSWORD": "a&b"])
        #expect(
            document.probes == [
                ProbeSpecification(
                    name: "api", kind: "ask", target: "192.0.2.10:80", periodMilliseconds: 100, settings: ["password": "a&b"])
            ])
        #expect(document.expectations.map(\.longestOutageSeconds) == [2])
    }

    @Test("every problem is told at once, at its place, with its remedy")
    func bad() {
        let text = problems(
            """
            secrets: [api_password]
            probes:
              - {name: api, kind: ask, target: "{{vip.public}}:80", period_ms: 100}
              - {name: api, kind: ask, target: "192.0.2.10:80", period_ms: 5}
              - {name: two, kind: ask, target: "192.0.2.10", period_ms: 50, settings: {password: "{{secret.other}}", network: tenant}}
              - {name: three, kind: aks, target: "192.0.2.10:80", period_ms: 50}
              - {name: four, kind: ask, target: "192.0.2.10:80", period_ms: 50, settings: {network: tenant}}
            expectations:
              - {probe: five, patience_s: 1}
            owner: me
            """)
        #expect(
            text == """
                probes.yaml:1:11: error: secrets: the environment has no variable API_PASSWORD (export it before you record)
                probes.yaml:3:36: error: probes[0].target: there is no "vip.public" without a topology (write the value; only {{{secret.NAME}}} can be used here)
                probes.yaml:4:64: error: probes[1].period_ms: 5 is out of range (give 10 to 600000)
                probes.yaml:5:36: error: probes[2].target: "192.0.2.10" is not of the form 192.0.2.10:80 (for example 192.0.2.10:80)
                probes.yaml:5:86: error: probes[2].settings.password: the file declares no secret "other" (add it to `secrets:` in the file)
                probes.yaml:6:25: error: probes[3].kind: unknown probe kind "aks" (did you mean "ask"?)
                probes.yaml:7:89: error: probes[4].settings.network: there is no topology whose network this could be (give interface instead)
                probes.yaml:9:5: error: expectations[0]: no budget is given (add longest_outage_s, total_outage_s or slowest_s)
                probes.yaml:9:13: error: expectations: the file has no probe "five" (known probes: api, four, three, two)
                probes.yaml:10:1: error: unknown key "owner" (known keys: expectations, probes, secrets)
                """)
    }

    @Test("two probes of one name, and no probes at all")
    func names() {
        #expect(
            problems(
                """
                probes:
                  - {name: api, kind: ask, target: "192.0.2.10:80", period_ms: 100}
                  - {name: api, kind: ask, target: "192.0.2.11:80", period_ms: 100}
                """
            ).contains("3:12: error: probes[1].name: probe \"api\" is declared twice, first at probes.yaml:2:12"))
        #expect(problems("probes: []").contains("probes.yaml:1:9: error: probes: expected at least one probe, found none"))
    }
}
