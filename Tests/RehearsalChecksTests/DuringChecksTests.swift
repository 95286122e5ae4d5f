import RehearsalHistory
import RehearsalModel
import Testing

@testable import RehearsalChecks

@Suite("what machines noted during the update")
struct DuringChecksTests {
    private func at(_ second: Int) -> Timestamp { Timestamp(nanoseconds: Int64(second) * 1_000_000_000) }

    private func fact(_ second: Int, _ machine: String, _ change: Fact.Change, service: String = "galera", unit: String = "mariadb.service")
        -> Fact
    {
        Fact(
            time: at(second), machine: machine, source: .systemd, service: service, subject: unit, change: change,
            text: change == .lost ? "stopped" : "started")
    }

    private func span(_ id: StepID, _ machine: String, _ kind: StepKind, _ from: Int, _ to: Int?) -> StepSpan {
        StepSpan(
            step: StepRecord(id: id, name: "work", machine: machine, kind: kind, position: 0),
            attempts: [StepSpan.Attempt(start: at(from), end: to.map(at), outcome: .ok)], outcome: .ok)
    }

    /// controller-0 is updated from second 10 to 40, controller-1 from 60 to 100; a third is broken on purpose from 70 to 80.
    private func evidence(_ facts: [Fact], looksFor: [WellKnownCheck] = WellKnownCheck.allCases) -> Evidence {
        Evidence(
            looksFor: looksFor,
            spans: [
                span("1", "controller-0", .procedure, 10, 40), span("2", "controller-1", .procedure, 60, 100),
                span("F1", "controller-2", .fault, 70, 80),
            ], facts: facts, serviceNeeds: ["galera": ["haproxy"], "haproxy": ["cluster"], "workload": ["base"]])
    }

    @Test("a service that stops on a machine that nobody updates is found, with all others of the kind")
    func bystanders() {
        func judge(_ facts: [Fact]) -> Judgement { BystandersCheck().judge(evidence(facts)) }
        let expected = [
            fact(12, "controller-0", .lost), fact(35, "controller-0", .gained), fact(48, "controller-0", .lost),
            fact(72, "controller-2", .lost),
        ]
        #expect(judge(expected) == .pass("1 services stopped where they were to"))
        #expect(judge([fact(5, "controller-2", .lost), fact(500, "controller-2", .lost)]).verdict == .pass, "not during the update")
        let found = judge(expected + [fact(20, "controller-1", .lost), fact(51, "controller-0", .lost, unit: "haproxy.service")])
        #expect(found == .fail("mariadb.service stopped on controller-1; also haproxy.service on controller-0"))
        #expect(judge([]).verdict == .unknown)
    }

    @Test("a clustered service that is away on two machines at once is found; one that is not in a cluster is none")
    func members() {
        func judge(_ facts: [Fact]) -> Judgement { MembersCheck().judge(evidence(facts)) }
        let first = [fact(12, "controller-0", .lost), fact(35, "controller-0", .gained)]
        #expect(judge(first + [fact(62, "controller-1", .lost), fact(63, "controller-1", .lost)]) == .pass("1 services"))
        let both = judge([fact(12, "controller-0", .lost), fact(62, "controller-1", .lost), fact(90, "controller-0", .gained)])
        #expect(both == .fail("mariadb.service stopped on controller-1 while it was stopped on controller-0, too"))
        let workloads = ["compute-0", "compute-1"].map { fact(20, $0, .lost, service: "workload", unit: "rehearsal-workload.service") }
        #expect(judge(workloads) == .pass("0 services"))
    }

    @Test("a stop that Pacemaker or systemd gave up is found, during the update alone")
    func stopsInTime() {
        let late = Fact(
            time: at(70), machine: "controller-1", source: .pacemaker, service: "keystone", subject: "keystone", change: .overdue,
            text: "did not stop within 20s")
        func judge(_ facts: [Fact]) -> Judgement { StopsInTimeCheck().judge(evidence(facts)) }
        #expect(judge([fact(12, "controller-0", .lost)]) == .pass("none was given up"))
        #expect(judge([fact(12, "controller-0", .lost), late]) == .fail("keystone did not stop within 20s on controller-1"))
        var later = late
        later.time = at(500)
        #expect(judge([later]).verdict == .pass)
    }

    @Test("a machine whose update begins before that of another has ended is found")
    func inFlight() {
        #expect(InFlightCheck().judge(evidence([])) == .pass("2 machines"))
        var both = evidence([])
        both.spans.append(span("3", "compute-0", .procedure, 90, 120))
        #expect(InFlightCheck().judge(both) == .fail("step 3 began on compute-0 while step 2 went on on controller-1"))
    }

    @Test("none is judged where it was not to be looked for, or where nothing was updated")
    func due() {
        let facts = [fact(20, "controller-1", .lost)]
        let checks: [any CheckFamily] = [BystandersCheck(), MembersCheck(), InFlightCheck(), StopsInTimeCheck()]
        #expect(checks.flatMap { $0.checks(in: evidence(facts)) }.count == checks.count)
        for evidence in [evidence(facts, looksFor: []), Evidence(looksFor: WellKnownCheck.allCases, facts: facts)] {
            #expect(checks.flatMap { $0.checks(in: evidence) }.isEmpty)
        }
    }
}
