import RehearsalHistory
import RehearsalModel
import Testing

@Suite("steps, and which of them caused an outage")
struct AttributionTests {
    private let plan = [
        StepRecord(id: "1", name: "controllers", kind: .sequence, position: 0),
        StepRecord(id: "1.1", parent: "1", name: "update-controller", machine: "controller-0", kind: .procedure, position: 1),
        StepRecord(id: "1.1.1", parent: "1.1", name: "stop-cluster", machine: "controller-0", kind: .substep, position: 2),
        StepRecord(id: "1.1.2", parent: "1.1", name: "update-keystone", machine: "controller-0", kind: .substep, position: 3),
        StepRecord(id: "2", name: "prove readiness", kind: .proveReady, position: 4),
    ]

    private func events(_ entries: [(Double, Event.Payload, StepID)]) -> [Event] {
        entries.map { Event(time: at($0.0), $0.1, step: $0.2) }
    }

    private func spans(_ events: [Event]) -> [StepSpan] { RunState(plan: plan, journal: events).spans }

    private var journal: [Event] {
        events([
            (0, .stepStarted(), "1"), (1, .stepStarted(), "1.1"), (2, .substepStarted, "1.1.1"),
            (10, .substepEnded(status: 0), "1.1.1"), (11, .substepStarted, "1.1.2"),
            (20, .substepEnded(status: 1), "1.1.2"), (21, .stepEnded(.failed), "1.1"),
            (22, .stepEnded(.ok), "1"), (23, .stepStarted(), "2"),
        ])
    }

    private func outage(_ start: Double, _ end: Double?) -> Outage {
        Outage(
            probe: "p", patienceSeconds: 1, start: at(start), end: end.map(at), loSeconds: 0, hiSeconds: 0,
            firstOutcome: .timeout, lastFailure: at(start), failures: 1)
    }

    @Test("spans follow the journal")
    func spans() {
        let spans = self.spans(journal)
        #expect(spans.map(\.step.id) == ["1", "1.1", "1.1.1", "1.1.2", "2"])
        #expect(spans.map(\.outcome) == [.ok, .failed, .ok, .failed, .unfinished])
        #expect(spans[4].start == at(23) && spans[4].end == nil)
    }

    @Test("steps that never started say so")
    func notStarted() {
        #expect(self.spans([]).allSatisfy { $0.outcome == .notStarted && $0.start == nil })
    }

    @Test("a step that a resumed run takes up again is one attempt")
    func resumed() {
        let spans = self.spans(events([(0, .stepStarted(), "2"), (5, .stepStarted(), "2"), (9, .stepEnded(.ok), "2")]))
        #expect(spans.last?.attempts == [StepSpan.Attempt(start: at(0), end: at(9), outcome: .ok)])
    }

    @Test("a step repeated after a failure is two attempts")
    func repeated() {
        let spans = self.spans(
            events([
                (0, .stepStarted(), "2"), (1, .stepEnded(.failed), "2"), (5, .stepStarted(), "2"),
                (9, .stepEnded(.ok), "2"),
            ]))
        #expect(spans.last?.attempts.count == 2 && spans.last?.outcome == .ok)
        let attribution = Attribution(spans: spans)
        #expect(attribution.steps(at: at(3)).isEmpty)
    }

    @Test("a sub-step that its procedure left out is skipped if the procedure succeeded")
    func skipped() {
        for (outcome, expected) in [(StepOutcome.ok, StepOutcome.skipped), (.failed, .notStarted)] {
            let spans = self.spans(
                events([
                    (0, .stepStarted(), "1.1"), (1, .substepStarted, "1.1.1"), (2, .substepEnded(status: 0), "1.1.1"),
                    (3, .stepEnded(outcome), "1.1"),
                ]))
            #expect(spans.first { $0.step.id == "1.1.2" }?.outcome == expected)
        }
    }

    @Test("sub-steps outside the plan are added")
    func added() {
        let spans = self.spans([Event(time: at(1), .substepStarted, step: "1.1.10", machine: "controller-0", text: "extra")])
        let added = spans.first { $0.step.id == "1.1.10" }
        #expect(added?.step.name == "extra" && added?.step.parent == "1.1" && added?.step.kind == .substep)
        #expect(spans.firstIndex { $0.step.id == "1.1.10" } == 4)
    }

    @Test("the deepest step in flight is the cause")
    func deepest() {
        let attribution = Attribution(spans: self.spans(journal))
        let found = attribution.attribute(outage(5, 12))
        #expect(found.steps == ["1.1.1", "1.1.2"] && found.machine == "controller-0")
        #expect(attribution.attribute(outage(10.5, 10.6)).steps == ["1.1"])
        #expect(attribution.attribute(outage(10, 10.6)).steps == ["1.1"])
        // A group of steps touches nothing itself, a proof only looks.
        #expect(attribution.attribute(outage(0.5, 0.6)).steps == [])
        #expect(attribution.attribute(outage(100, nil)).steps == [] && attribution.attribute(outage(100, nil)).machine == nil)
    }

    @Test("what was in flight while an attempt waited can have failed it, not only what was when it started")
    func waiting() {
        let attribution = Attribution(spans: self.spans(journal))
        var found = outage(0.5, 6)
        // It lasted into that step, but began before.
        #expect(attribution.attribute(found).steps == ["1.1.1"] && attribution.attribute(found).cause == nil)
        found.faultBy = at(5.5)
        #expect(attribution.attribute(found).steps == ["1.1.1"] && attribution.attribute(found).cause == "1.1.1")
        found.start = at(10.5)
        found.end = at(30)
        found.faultBy = at(15.5)
        #expect(attribution.attribute(found).steps == ["1.1.2"])
    }

    @Test("the effect of a step may be felt a moment after its end, if nothing else was being changed")
    func aftermath() {
        let attribution = Attribution(spans: self.spans(journal))
        #expect(attribution.attribute(outage(22.5, 24)).steps == ["1.1.2"])
        #expect(attribution.attribute(outage(22.5, 24)).machine == "controller-0")
        #expect(attribution.attribute(outage(23.5, 24)).steps == [])
    }

    @Test("among several machines the latest start comes first")
    func latest() {
        let plan = (0..<3).map {
            StepRecord(id: .root($0 + 1), name: "talk-packages", machine: "controller-\($0)", kind: .procedure, position: $0)
        }
        let attribution = Attribution(
            spans: RunState(
                plan: plan, journal: events([(0, .stepStarted(), "1"), (3, .stepStarted(), "2"), (2, .stepStarted(), "3")])
            ).spans)
        let found = attribution.attribute(outage(5, nil))
        #expect(found.steps == ["2", "3", "1"] && found.machine == "controller-1")
    }

    @Test("of two sub-steps that an attempt waited through, the one in which the address was lost is the cause")
    func lossWithinStep() {
        let facts = [
            Fact(
                time: at(9.8), machine: "controller-0", source: .address, service: "vip", subject: "vip-internal", change: .lost,
                text: "was given up")
        ]
        let ledger = FactLedger(facts: facts, needs: ["galera": ["vip"]])
        var found = outage(9.9, 14)
        found.faultBy = at(12)
        let spans = self.spans(journal)
        #expect(Attribution(spans: spans).attribute(found, service: "galera").cause == "1.1.2", "without facts the one that began last")
        #expect(Attribution(spans: spans, ledger: ledger).attribute(found, service: "galera").cause == "1.1.1")
    }

    @Test("a fault that was injected right before stands before the step that went on meanwhile; one that has lasted for long does not")
    func fault() {
        let fault = StepRecord(id: "F1", name: "kill-service (service galera)", machine: "controller-1", kind: .fault, position: 9)
        func found(injected: Double, loss place: String? = nil, latent: Bool = false) -> Outage {
            let journal = self.events([
                (0, .stepStarted(), "1"), (1, .stepStarted(), "1.1"), (2, .substepStarted, "1.1.1"), (injected, .stepStarted(), "F1"),
                (20, .substepEnded(status: 0), "1.1.1"),
            ])
            let facts = place.map {
                [
                    Fact(
                        time: at(14.9), machine: $0, source: .systemd, service: "galera", subject: "mariadb.service", change: .lost,
                        text: "died")
                ]
            }
            return Attribution(
                spans: RunState(plan: plan + [fault], journal: journal).spans, ledger: FactLedger(facts: facts ?? [], needs: [:]),
                latent: latent ? ["F1"] : []
            ).attribute(outage(15, 18), service: "galera")
        }
        #expect(found(injected: 14.8).cause == "F1" && found(injected: 14.8).machine == "controller-1")
        #expect(found(injected: 1.5).cause == "1.1.1", "it was borne until then")
        #expect(found(injected: 14.8, loss: "controller-0").cause == "1.1.1", "what was lost was lost elsewhere")
        #expect(found(injected: 1.5, loss: "controller-1").cause == "F1", "what was lost was lost there")
        let late = found(injected: 14.8, loss: "controller-1", latent: true)
        #expect(late.cause == "1.1.1" && late.steps == ["1.1.1", "F1"], "nothing is felt of it by itself")
    }

    @Test(
        "names match patterns",
        arguments: [
            ("keystone", "keystone*", true), ("python3-keystone", "keystone*", false), ("python3-keystone", "*keystone", true),
            ("a", "*", true), ("", "*", true), ("abc", "a*c", true), ("abd", "a*c", false), ("abcbc", "a*bc", true), ("ab", "ab", true),
            ("ab", "abc", false), ("aab", "*ab", true),
        ])
    func patterns(name: String, pattern: String, matches: Bool) {
        #expect(Glob(pattern).matches(name) == matches)
    }

    @Test("packages belong to the step that changed them")
    func packages() {
        let differences = PackageChange.between(
            [
                PackageVersion(name: "keystone", version: "1"), PackageVersion(name: "haproxy", version: "1"),
                PackageVersion(name: "gone", version: "1"), PackageVersion(name: "same", version: "1"),
            ],
            [
                PackageVersion(name: "keystone", version: "2", source: "keystone"), PackageVersion(name: "haproxy", version: "2"),
                PackageVersion(name: "new", version: "1"), PackageVersion(name: "same", version: "1"),
            ])
        #expect(differences.map(\.name) == ["gone", "haproxy", "keystone", "new"])
        var span = StepSpan(step: plan[3], outcome: .ok)
        #expect(PackageChange.caused(by: span, among: differences).map(\.name) == ["keystone"])
        span.step.packages = ["ha*"]
        #expect(PackageChange.caused(by: span, among: differences).map(\.name) == ["haproxy"])
        span.step.name = "stop-cluster"
        span.step.packages = []
        #expect(PackageChange.caused(by: span, among: differences).isEmpty)
    }
}
