import Foundation
import RehearsalChecks
import RehearsalHistory
import RehearsalModel
import Testing

@Suite("checks")
struct ChecksTests {
    private let probe = ProbeSpecification(name: "api", kind: "http", target: "", periodMilliseconds: 1_000)
    private let ended = [Event(time: Timestamp(nanoseconds: 1), .runEnded)]

    private func fold(_ pattern: String, patience: Double = 1) -> FoldedProbe {
        let samples = pattern.enumerated().map { second, mark in
            Sample(
                probe: "api", start: Timestamp(nanoseconds: Int64(second) * 1_000_000_000), latencyNanoseconds: 0,
                outcome: mark == "+" ? .ok : mark == "?" ? .late : .refused)
        }
        return ProbeFold.fold(samples, probe: probe, patienceSeconds: patience)
    }

    private func judge(_ pattern: String, _ expectation: OutageBudget, probes: [String] = ["api"]) -> [CheckResult] {
        Checks.judge(
            Checks.Evidence(
                expectations: [expectation], probes: probes, folded: [fold(pattern)], spans: [], events: ended)
        ).filter { $0.group == "outages" }
    }

    @Test(
        "the longest outage may be three seconds",
        arguments: [
            ("++++++", Verdict.pass), ("++-++++", .pass), ("++----++", .unknown), ("++-----++", .fail), ("++--++--++", .pass),
            // The recorder did not see enough to say pass, and not enough to say fail.
            ("++????++", .unknown), ("++?++", .pass), ("++-??-++", .unknown), ("++----", .unknown), ("++------", .fail),
            ("??????", .unknown), ("", .unknown),
        ])
    func longestOutage(pattern: String, verdict: Verdict) {
        #expect(judge(pattern, OutageBudget(probe: "api", patienceSeconds: 1, longestOutageSeconds: 3)).map(\.verdict) == [verdict])
    }

    @Test(
        "all outages together may be four seconds",
        arguments: [("++--++--++", Verdict.unknown), ("++-++", .pass), ("++------++", .fail), ("++-+??+-++", .unknown)])
    func totalOutage(pattern: String, verdict: Verdict) {
        #expect(judge(pattern, OutageBudget(probe: "*", patienceSeconds: 1, totalOutageSeconds: 4)).map(\.verdict) == [verdict])
    }

    @Test("an expectation without a probe, or without samples for its patience, is unknown")
    func unmeasured() {
        #expect(judge("+++", OutageBudget(probe: "nothing*", patienceSeconds: 1, longestOutageSeconds: 3)).map(\.verdict) == [.unknown])
        #expect(judge("+++", OutageBudget(probe: "api", patienceSeconds: 9, longestOutageSeconds: 3)).map(\.verdict) == [.unknown])
    }

    @Test("failed steps fail, and open steps are unknown")
    func steps() {
        let step = StepRecord(id: "1", name: "drain", machine: "controller-0", kind: .procedure, position: 0)
        func verdict(_ outcome: StepOutcome, _ events: [Event]) -> Verdict {
            Checks.judge(
                Checks.Evidence(
                    expectations: [], probes: [], folded: [],
                    spans: [StepSpan(step: step, outcome: outcome)], events: events))[0]
                .verdict
        }
        #expect(verdict(.ok, ended) == .pass)
        #expect(verdict(.skipped, ended) == .pass)
        #expect(verdict(.failed, ended) == .fail)
        #expect(verdict(.timeout, []) == .fail)
        #expect(verdict(.unfinished, ended) == .unknown)
        #expect(verdict(.ok, []) == .unknown)
    }

    @Test("the engine's last verdict of a check counts")
    func lastVerdict() {
        func event(_ verdict: String) -> Event {
            Event(
                time: Timestamp(nanoseconds: 0), Event.Payload(kind: "verdict", detail: ["check": "versions", "verdict": verdict]),
                text: verdict)
        }
        let results = Checks.judge(
            Checks.Evidence(expectations: [], probes: [], folded: [], spans: [], events: [event("fail"), event("pass"), event("nonsense")]))
        #expect(results.last == CheckResult(name: "versions", group: "testbed", verdict: .unknown, message: "nonsense"))
    }

    @Test("the worst verdict counts")
    func worst() {
        func results(_ verdicts: [Verdict]) -> [CheckResult] {
            verdicts.map { CheckResult(name: "", group: "", verdict: $0, message: "") }
        }
        #expect(Checks.verdict(of: results([.pass, .unknown, .fail])) == .fail)
        #expect(Checks.verdict(of: results([.pass, .unknown])) == .unknown)
        #expect(Checks.verdict(of: []) == .unknown)
        #expect(Verdict.allCases.map(\.exitStatus) == [0, 2, 1])
    }

    @Test("budgets come back from their text")
    func budgets() throws {
        let budgets = [
            OutageBudget(probe: "a/*", patienceSeconds: 0.25, longestOutageSeconds: 3),
            OutageBudget(probe: "b", patienceSeconds: 5, totalOutageSeconds: .infinity),
        ]
        #expect(try OutageBudget.budgets(json: OutageBudget.json(budgets)) == budgets)
        #expect(throws: (any Error).self) { try OutageBudget.budgets(json: "{}") }
    }

    @Test("expectations are read as scenarios spell them")
    func spelling() throws {
        let text = #"{"probe":"*","patience_s":5,"total_outage_s":600}"#
        #expect(
            try JSONDecoder().decode(OutageBudget.self, from: Data(text.utf8))
                == OutageBudget(probe: "*", patienceSeconds: 5, totalOutageSeconds: 600))
    }
}
