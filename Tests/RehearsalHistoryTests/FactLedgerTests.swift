import RehearsalModel
import Testing

@testable import RehearsalHistory

/// Keystone needs Galera and HAProxy, HAProxy needs the addresses; RabbitMQ is beside them.
@Suite("facts that explain an outage")
struct FactLedgerTests {
    private static let needs = [
        "keystone": ["galera", "haproxy"], "galera": ["cluster", "haproxy"], "haproxy": ["cluster", "vip"], "vip": ["cluster"],
        "rabbitmq": ["cluster"],
    ]

    private func at(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: 0).advanced(bySeconds: seconds) }

    private func fact(_ seconds: Double, _ service: String, _ change: Fact.Change = .lost, on machine: String = "controller-1") -> Fact {
        Fact(
            time: at(seconds), machine: machine, source: .systemd, service: service, subject: "\(service).service", change: change,
            text: change == .lost ? "stopped" : "started")
    }

    private func outage(_ start: Double, faultBy: Double? = nil, end: Double? = nil) -> Outage {
        Outage(
            probe: "keystone-api", patienceSeconds: 1, start: at(start), faultBy: at(faultBy ?? start), end: end.map(at), loSeconds: 1,
            hiSeconds: 2, firstOutcome: .refused, lastFailure: at((end ?? start + 1) - 0.5), failures: 2)
    }

    @Test("what is nearer to the probe's service explains more, whenever it was lost in that time")
    func ranks() {
        let ledger = FactLedger(
            facts: [fact(9, "vip"), fact(9.2, "keystone"), fact(9.9, "haproxy"), fact(9.95, "rabbitmq")], needs: Self.needs)
        #expect(ledger.causes(of: outage(10), service: "keystone").map(\.service) == ["keystone", "haproxy", "vip"])
        #expect(ledger.causes(of: outage(10), service: "vip").map(\.service) == ["vip"])
        #expect(ledger.causes(of: outage(10), service: nil).isEmpty)
    }

    @Test("a loss long before, one afterwards, and what came back cause nothing")
    func window() {
        let ledger = FactLedger(
            facts: [fact(4, "keystone"), fact(8, "keystone", .gained), fact(11, "keystone"), fact(12, "haproxy")], needs: Self.needs)
        #expect(ledger.causes(of: outage(10), service: "keystone").isEmpty)
        // What made an attempt fail that was connected may come while it waits.
        #expect(ledger.causes(of: outage(10, faultBy: 11), service: "keystone").map(\.service) == ["keystone"])
    }

    @Test("the clock of a machine may be off at both ends of that time")
    func clock() {
        func causes(_ time: Double) -> Int {
            FactLedger(facts: [fact(time, "keystone")], needs: Self.needs).causes(of: outage(10), service: "keystone").count
        }
        #expect([4.4, 4.6, 10.4, 10.6].map(causes) == [0, 1, 1, 0])
    }

    @Test("a connection that broke later than the client's patience failed by what broke it")
    func broke() {
        func fault(_ outcome: SampleOutcome) -> Timestamp {
            Sample(probe: "p", start: at(10), latencyNanoseconds: 1_500_000_000, connectedNanoseconds: 0, outcome: outcome)
                .latestFault(patience: 1_000_000_000)
        }
        #expect(fault(.reset) == at(11.5))
        #expect(fault(.ok) == at(11) && fault(.timeout) == at(11))
    }

    @Test("evidence is in order of time, each subject once, and ends with what came back")
    func evidence() {
        let ledger = FactLedger(
            facts: [
                fact(9, "keystone"), fact(9.5, "keystone"), fact(9.2, "haproxy"), fact(12, "keystone", .gained, on: "controller-2"),
                fact(13, "keystone", .gained),
            ],
            needs: Self.needs)
        let outage = outage(10, end: 13)
        let evidence = ledger.evidence(of: outage, causes: ledger.causes(of: outage, service: "keystone"))
        #expect(evidence.map(\.time) == [at(9.2), at(9.5), at(13)])
        #expect(evidence.last?.summary == "keystone.service started on controller-1")
    }

    @Test("an address that is taken elsewhere came back; what HAProxy gives up is on the machine of the server, and told once")
    func places() {
        func noted(_ seconds: Double, _ source: Fact.Source, _ subject: String, _ change: Fact.Change, by machine: String) -> Fact {
            Fact(time: at(seconds), machine: machine, source: source, service: "vip", subject: subject, change: change, text: "changed")
        }
        let address = FactLedger(
            facts: [
                noted(9.5, .address, "vip-internal", .lost, by: "controller-1"),
                noted(11, .address, "vip-internal", .gained, by: "controller-0"),
            ], needs: Self.needs)
        let outage = outage(10, end: 12)
        let evidence = address.evidence(of: outage, causes: address.causes(of: outage, service: "vip"))
        #expect(evidence.map(\.machine) == ["controller-1", "controller-0"])
        let servers = FactLedger(
            facts: ["controller-0", "controller-2"].map { noted(9.5, .haproxy, "vip/controller-1", .lost, by: $0) }, needs: Self.needs)
        let explained = Attribution(spans: [], ledger: servers).attribute(outage, service: "vip")
        #expect(explained.machine == "controller-1" && explained.evidence.count == 1)
    }

    @Test("of several steps in flight, the one on the machine of the loss is the cause")
    func steps() {
        func span(_ id: StepID, on machine: String, from start: Double) -> StepSpan {
            StepSpan(
                step: StepRecord(id: id, name: "update", machine: machine, kind: .procedure, position: 0),
                attempts: [StepSpan.Attempt(start: at(start), end: at(20))], outcome: .ok)
        }
        let spans = [span("1", on: "controller-1", from: 1), span("2", on: "controller-2", from: 2)]
        let plain = Attribution(spans: spans).attribute(outage(10), service: "keystone")
        #expect(plain.cause == "2" && plain.evidence.isEmpty && plain.loss == nil)
        let ledger = FactLedger(facts: [fact(9.8, "haproxy")], needs: Self.needs)
        let explained = Attribution(spans: spans, ledger: ledger).attribute(outage(10), service: "keystone")
        #expect(explained.cause == "1" && explained.machine == "controller-1" && explained.loss?.subject == "haproxy.service")
        // Without any step in flight the loss itself tells the machine.
        let alone = Attribution(spans: [], ledger: ledger).attribute(outage(10), service: "keystone")
        #expect(alone.cause == nil && alone.machine == "controller-1")
    }
}
