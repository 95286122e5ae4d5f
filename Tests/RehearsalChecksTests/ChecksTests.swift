import Foundation
import RehearsalChecks
import RehearsalHistory
import RehearsalModel
import Testing

@Suite("checks")
struct ChecksTests {
    private let probe = ProbeSpecification(name: "api", kind: "http", target: "", periodMilliseconds: 1_000)
    private let ended = [Event(time: Timestamp(nanoseconds: 1), .runEnded)]

    /// What a client felt; `s` is an answer of 2 s.
    private func felt(_ pattern: String, patience: Double = 1) -> FeltByClient {
        let samples = pattern.enumerated().map { second, mark in
            Sample(
                probe: "api", start: Timestamp(nanoseconds: Int64(second) * 1_000_000_000),
                latencyNanoseconds: mark == "s" ? 2_000_000_000 : 0,
                outcome: mark == "+" || mark == "s" ? .ok : mark == "?" ? .late : .refused)
        }
        return FeltByClient(samples, probe: probe, patienceSeconds: patience)
    }

    private func judge(_ pattern: String, _ expectation: RehearsalModel.Expectation, probes: [String] = ["api"]) -> [CheckResult] {
        CheckSuite.standard.judge(
            Evidence(expectations: [expectation], probes: probes, events: ended, clients: ["api": [felt(pattern)]])
        ).filter { ["outages", "slowness"].contains($0.group) }
    }

    @Test(
        "a longest outage fails if its lower bound is over the budget, passes if its upper one and unknown time are within it",
        arguments: [
            ("++++++", Verdict.pass), ("++-++++", .pass), ("++----++", .unknown), ("++-----++", .fail), ("++--++--++", .pass),
            // The recorder did not see enough to say pass, and not enough to say fail.
            ("++????++", .unknown), ("++?++", .pass), ("++-??-++", .unknown), ("++----", .unknown), ("++------", .fail),
            ("??????", .unknown), ("", .unknown),
        ])
    func longestOutageOfThreeSeconds(pattern: String, verdict: Verdict) {
        #expect(
            judge(pattern, RehearsalModel.Expectation(probe: "api", patienceSeconds: 1, longestOutageSeconds: 3)).map(\.verdict) == [
                verdict
            ])
    }

    @Test(
        "all outages of a probe together are judged by the budget of their total, which the pattern * gives every probe",
        arguments: [("++--++--++", Verdict.unknown), ("++-++", .pass), ("++------++", .fail), ("++-+??+-++", .unknown)])
    func totalOutageOfFourSeconds(pattern: String, verdict: Verdict) {
        #expect(
            judge(pattern, RehearsalModel.Expectation(probe: "*", patienceSeconds: 1, totalOutageSeconds: 4)).map(\.verdict) == [verdict])
    }

    @Test(
        "a fault that did not come, or was not healed, leaves the verdict open; it fails nothing",
        arguments: [
            (StepOutcome.ok, Verdict.pass), (.error, .unknown), (.failed, .unknown), (.notStarted, .unknown), (.unfinished, .unknown),
        ])
    func faults(_ outcome: StepOutcome, _ verdict: Verdict) {
        let fault = StepSpan(
            step: StepRecord(id: "F1", name: "kill-machine", machine: "compute-0", kind: .fault, position: 1), outcome: outcome)
        let step = StepSpan(step: StepRecord(id: "1", name: "work", kind: .procedure, position: 0), outcome: .ok)
        let evidence = Evidence(events: ended, spans: [step, fault])
        #expect(FaultsCheck().judge(evidence).verdict == verdict)
        #expect(FaultsCheck().checks(in: evidence).count == 1)
        #expect(FaultsCheck().checks(in: Evidence(events: ended, spans: [step])).isEmpty)
        #expect(StepsCheck().judge(evidence).verdict == .pass, "faults are no steps of the update")
    }

    @Test("a budget below what the samples can resolve is unknown")
    func resolution() {
        func longest(_ seconds: Double) -> [Verdict] {
            judge("++++", RehearsalModel.Expectation(probe: "api", patienceSeconds: 1, longestOutageSeconds: seconds)).map(\.verdict)
        }
        // Between two attempts a second apart an outage of nearly a second may hide.
        #expect(longest(0.5) == [.unknown])
        #expect(longest(1) == [.pass])
    }

    @Test("a budget that the quiet time breaks by itself is unknown")
    func quietTime() {
        let budget = RehearsalModel.Expectation(probe: "api", patienceSeconds: 1, longestOutageSeconds: 2)
        func verdict(quiet: String, run: String) -> CheckResult? {
            CheckSuite.standard.judge(
                Evidence(
                    expectations: [budget], probes: ["api"], events: ended, clients: ["api": [felt(run)]],
                    quiet: ["api": [felt(quiet), felt(quiet, patience: 5)]])
            ).first { $0.group == "outages" }
        }
        #expect(verdict(quiet: "++++", run: "++++-----++")?.verdict == .fail)
        #expect(verdict(quiet: "+---+", run: "++++-----++")?.verdict == .unknown)
        // One failed attempt in the quiet time breaks no budget of two seconds.
        #expect(verdict(quiet: "++-++", run: "++++-----++")?.verdict == .fail)
    }

    @Test("slow answers are within the budget of outages, and have a budget of their own")
    func slowness() {
        let outages = RehearsalModel.Expectation(probe: "api", patienceSeconds: 1, longestOutageSeconds: 1)
        #expect(judge("++ssss++", outages).map(\.verdict) == [.pass])
        #expect(judge("++ssssss-ss++", outages).map(\.verdict) == [.unknown], "one failure between slow answers is counted alone")
        let slowest = RehearsalModel.Expectation(probe: "api", patienceSeconds: 1, slowestSeconds: 1.5)
        #expect(judge("++--++", slowest).map(\.verdict) == [.pass])
        #expect(judge("++s++", slowest).map(\.message) == ["2 s is over 1.5 s"])
        #expect(judge("----", slowest).map(\.verdict) == [.unknown])
    }

    @Test("a budget that fits no probe, or whose patience was not folded, is unknown")
    func anExpectationWithoutProbeOrFoldIsUnknown() {
        #expect(
            judge("+++", RehearsalModel.Expectation(probe: "nothing*", patienceSeconds: 1, longestOutageSeconds: 3)).map(\.verdict) == [
                .unknown
            ])
        #expect(
            judge("+++", RehearsalModel.Expectation(probe: "api", patienceSeconds: 9, longestOutageSeconds: 3)).map(\.verdict) == [.unknown]
        )
    }

    @Test("a control run is judged by that nothing changed, and not by the candidate's versions")
    func control() {
        func judge(after: String, isControl: Bool) -> [CheckResult] {
            let machine = Evidence.MachinePackages(
                machine: "a", before: [PackageVersion(name: "x", version: "1")], after: [PackageVersion(name: "x", version: after)])
            return CheckSuite.standard.judge(
                Evidence(
                    isControl: isControl, packageChanges: [PackageChange(name: "x", from: "1", to: "2")], events: ended,
                    machines: [machine])
            ).filter { $0.group == "versions" }
        }
        #expect(judge(after: "1", isControl: true).map(\.verdict) == [.pass])
        #expect(judge(after: "2", isControl: true).map(\.message) == ["packages changed on a"])
        #expect(judge(after: "2", isControl: false).map(\.name) == ["every machine has the candidate versions"])
    }

    @Test("failed steps fail, and open steps are unknown")
    func steps() {
        let step = StepRecord(id: "1", name: "drain", machine: "controller-0", kind: .procedure, position: 0)
        func verdict(_ outcome: StepOutcome, _ events: [Event]) -> Verdict {
            StepsCheck().judge(Evidence(events: events, spans: [StepSpan(step: step, outcome: outcome)])).verdict
        }
        #expect(verdict(.ok, ended) == .pass)
        #expect(verdict(.skipped, ended) == .pass)
        #expect(verdict(.failed, ended) == .fail)
        #expect(verdict(.timeout, []) == .fail)
        #expect(verdict(.unfinished, ended) == .unknown)
        #expect(verdict(.ok, []) == .unknown)
    }

    @Test("a run that ended before its first step says why")
    func neverBegun() {
        let step = StepRecord(id: "1", name: "prove ready", kind: .proveReady, position: 0)
        let end = Event(time: Timestamp(nanoseconds: 1), .runEnded, text: "the testbed was not raised: no room")
        let judgement = StepsCheck().judge(Evidence(events: [end], spans: [StepSpan(step: step, outcome: .notStarted)]))
        #expect(judgement == .unknown("the testbed was not raised: no room"))
    }

    @Test("of a failed step and its sub-step the step is named, which says why; a sub-step alone where its step went on")
    func namedStep() {
        let group = StepRecord(id: "1", name: "update", machine: "compute-0", kind: .sequence, position: 0)
        let step = StepRecord(id: "1.1", parent: "1", name: "packages", machine: "compute-0", kind: .procedure, position: 1)
        let substep = StepRecord(id: "1.1.1", parent: "1.1", name: "work", machine: "compute-0", kind: .substep, position: 2)
        func message(_ outcome: StepOutcome) -> String {
            StepsCheck().judge(
                Evidence(
                    events: ended,
                    spans: [
                        StepSpan(step: group, outcome: outcome, note: "step 1.1 failed"),
                        StepSpan(step: step, outcome: outcome, note: "ended with status 100 in work: no space"),
                        StepSpan(step: substep, outcome: .failed, note: "status 100"),
                    ])
            ).message
        }
        #expect(message(.failed) == "step 1.1 packages on compute-0 failed: ended with status 100 in work: no space")
        #expect(message(.ok) == "step 1.1.1 work on compute-0 failed: status 100")
    }

    @Test("the last word of the journal counts")
    func lastWord() {
        let results = CheckSuite.standard.judge(
            Evidence(events: [verdict("versions", "fail"), verdict("versions", "pass"), verdict("versions", "nonsense")]))
        #expect(results.last == CheckResult(name: "versions", group: "testbed", verdict: .unknown, message: "nonsense"))
    }

    @Test("a verdict in the journal replaces that of the check of the same name; one of another name is added")
    func aJournalledVerdictReplacesTheOneOfThatName() {
        let suite = CheckSuite([Given(name: "a"), Given(name: "b")])
        let results = suite.judge(Evidence(events: [verdict("c", "pass"), verdict("a", "fail")]))
        #expect(results.map(\.name) == ["a", "b", "c"])
        #expect(results.map(\.verdict) == [.fail, .pass, .pass])
    }

    @Test("a check that throws is unknown with its reason, and the others are judged")
    func aCheckThatThrowsIsUnknownWithItsReason() {
        struct Trouble: Error, CustomStringConvertible {
            let description = "the disk is gone"
        }
        let results = CheckSuite([Given(name: "a", error: Trouble()), Given(name: "b")]).judge(Evidence())
        #expect(results.map(\.verdict) == [.unknown, .pass])
        #expect(results[0].message == "cannot be judged: the disk is gone")
    }

    @Test("a check is left out if a part of the evidence that it needs is not there")
    func aCheckWhoseNeedsAreNotThereIsLeftOut() {
        let suite = CheckSuite([Given(name: "a", needs: [.samples]), Given(name: "b", needs: [.journal])])
        #expect(suite.judge(Evidence(parts: [.journal])).map(\.name) == ["b"])
    }

    @Test("at the end of a run its journalled checks are judged, and no others, before the journal says that it ended")
    func journalledChecks() {
        let suite = CheckSuite([Given(name: "a"), Given(name: "b", isJournalled: true), VersionsCheck()])
        let evidence = Evidence(parts: [.packages], packageChanges: [PackageChange(name: "x", from: "1", to: "2")])
        #expect(suite.judgeAtEnd(evidence).map(\.name) == ["b", VersionsCheck().name])
        #expect(suite.judge(evidence).map(\.name) == ["a", "b"])
    }

    private struct Given: Check {
        let name: String
        var group = "given"
        var needs: Set<Evidence.Part> = []
        var isJournalled = false
        var error: (any Error)?

        func judge(_ evidence: Evidence) throws -> Judgement {
            if let error { throw error }
            return .pass("")
        }
    }

    private func verdict(_ check: String, _ verdict: String) -> Event {
        Event(
            time: Timestamp(nanoseconds: 0), Event.Payload(kind: "verdict", detail: ["check": check, "verdict": verdict]), text: verdict)
    }

    @Test("the verdict of a run is its worst check, and unknown without any; pass, unknown and fail exit with 0, 2 and 1")
    func theWorstVerdictCounts() {
        func results(_ verdicts: [Verdict]) -> [CheckResult] {
            verdicts.map { CheckResult(name: "", group: "", verdict: $0, message: "") }
        }
        #expect(CheckSuite.verdict(of: results([.pass, .unknown, .fail])) == .fail)
        #expect(CheckSuite.verdict(of: results([.pass, .unknown])) == .unknown)
        #expect(CheckSuite.verdict(of: []) == .unknown)
        #expect(Verdict.allCases.map(\.exitStatus) == [0, 2, 1])
    }

    @Test("budgets are read back from their JSON as they were, also an endless one")
    func budgetsComeBackFromTheirText() throws {
        let budgets = [
            RehearsalModel.Expectation(probe: "a/*", patienceSeconds: 0.25, longestOutageSeconds: 3),
            RehearsalModel.Expectation(probe: "b", patienceSeconds: 5, totalOutageSeconds: .infinity),
        ]
        #expect(try RehearsalModel.Expectation.expectations(json: RehearsalModel.Expectation.json(budgets)) == budgets)
        #expect(throws: (any Error).self) { try RehearsalModel.Expectation.expectations(json: "{}") }
    }

    @Test("an expectation is read by the keys that a scenario has for it")
    func expectationsAreReadAsScenariosSpellThem() throws {
        let text = #"{"probe":"*","patience_s":5,"total_outage_s":600}"#
        #expect(
            try JSONDecoder().decode(RehearsalModel.Expectation.self, from: Data(text.utf8))
                == RehearsalModel.Expectation(probe: "*", patienceSeconds: 5, totalOutageSeconds: 600))
    }
}
