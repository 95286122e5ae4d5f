import RehearsalHistory
import RehearsalModel
import Testing

@Suite("steps, and which of them caused an outage")
struct AttributionTests {
    private let plan = [
        StepRecord(id: "1", name: "controllers", kind: "sequence", position: 0),
        StepRecord(id: "1.1", parent: "1", name: "update-controller", machine: "controller-0", kind: "procedure", position: 1),
        StepRecord(id: "1.1.1", parent: "1.1", name: "stop-cluster", machine: "controller-0", kind: "substep", position: 2),
        StepRecord(id: "1.1.2", parent: "1.1", name: "update-keystone", machine: "controller-0", kind: "substep", position: 3),
        StepRecord(id: "2", name: "prove readiness", kind: "proveReady", position: 4),
    ]

    private func events(_ entries: [(Double, EventKind, String, [String: String])]) -> [Event] {
        entries.map { Event(time: at($0.0), kind: $0.1, step: $0.2, text: "", detail: $0.3) }
    }

    private var journal: [Event] {
        events([
            (0, .stepStarted, "1", [:]), (1, .stepStarted, "1.1", [:]), (2, .substepStarted, "1.1.1", [:]),
            (10, .substepEnded, "1.1.1", ["status": "0"]), (11, .substepStarted, "1.1.2", [:]),
            (20, .substepEnded, "1.1.2", ["status": "1"]), (21, .stepEnded, "1.1", ["outcome": "failed"]),
            (22, .stepEnded, "1", [:]), (23, .stepStarted, "2", [:]),
        ])
    }

    private func outage(_ start: Double, _ end: Double?) -> Outage {
        Outage(
            probe: "p", patienceSeconds: 1, start: at(start), end: end.map(at), loSeconds: 0, hiSeconds: 0,
            firstOutcome: .timeout, lastFailure: at(start), failures: 1)
    }

    @Test("spans follow the journal")
    func spans() {
        let spans = StepSpan.spans(plan: plan, events: journal)
        #expect(spans.map(\.step.id) == ["1", "1.1", "1.1.1", "1.1.2", "2"])
        #expect(spans.map(\.outcome) == ["ok", "failed", "ok", "failed", "unfinished"])
        #expect(spans[4].start == at(23) && spans[4].end == nil)
    }

    @Test("steps that never started say so")
    func notStarted() {
        #expect(StepSpan.spans(plan: plan, events: []).allSatisfy { $0.outcome == StepSpan.notStarted && $0.start == nil })
    }

    @Test("a step that a resumed run takes up again is one attempt")
    func resumed() {
        let spans = StepSpan.spans(
            plan: plan, events: events([(0, .stepStarted, "2", [:]), (5, .stepStarted, "2", [:]), (9, .stepEnded, "2", [:])]))
        #expect(spans.last?.attempts == [StepSpan.Attempt(start: at(0), end: at(9))])
    }

    @Test("a step repeated after a failure is two attempts")
    func repeated() {
        let spans = StepSpan.spans(
            plan: plan,
            events: events([
                (0, .stepStarted, "2", [:]), (1, .stepEnded, "2", ["outcome": "failed"]), (5, .stepStarted, "2", [:]),
                (9, .stepEnded, "2", ["outcome": "ok"]),
            ]))
        #expect(spans.last?.attempts.count == 2 && spans.last?.outcome == "ok")
        let attribution = Attribution(spans: spans)
        #expect(attribution.steps(at: at(3)).isEmpty)
    }

    @Test("a sub-step that its procedure left out is skipped if the procedure succeeded")
    func skipped() {
        for (outcome, expected) in [("ok", StepSpan.skipped), ("failed", StepSpan.notStarted)] {
            let spans = StepSpan.spans(
                plan: plan,
                events: events([
                    (0, .stepStarted, "1.1", [:]), (1, .substepStarted, "1.1.1", [:]), (2, .substepEnded, "1.1.1", ["status": "0"]),
                    (3, .stepEnded, "1.1", ["outcome": outcome]),
                ]))
            #expect(spans.first { $0.step.id == "1.1.2" }?.outcome == expected)
        }
    }

    @Test("sub-steps outside the plan are added")
    func added() {
        let spans = StepSpan.spans(
            plan: plan,
            events: [Event(time: at(1), kind: .substepStarted, step: "1.1.10", machine: "controller-0", text: "extra")])
        let added = spans.first { $0.step.id == "1.1.10" }
        #expect(added?.step.name == "extra" && added?.step.parent == "1.1" && added?.step.kind == "substep")
        #expect(spans.firstIndex { $0.step.id == "1.1.10" } == 4)
    }

    @Test("the deepest step in flight is the cause")
    func deepest() {
        let attribution = Attribution(spans: StepSpan.spans(plan: plan, events: journal))
        let found = attribution.attribute(outage(5, 12))
        #expect(found.steps == ["1.1.1", "1.1.2"] && found.machine == "controller-0")
        #expect(attribution.attribute(outage(10.5, 10.6)).steps == ["1.1"])
        #expect(attribution.attribute(outage(10, 10.6)).steps == ["1.1"])
        #expect(attribution.attribute(outage(0.5, 0.6)).steps == ["1"])
        #expect(attribution.attribute(outage(100, nil)).steps == ["2"])
        #expect(attribution.attribute(outage(22.5, 22.6)).steps.isEmpty)
    }

    @Test("among several machines the latest start comes first")
    func latest() {
        let plan = (0..<3).map {
            StepRecord(id: "\($0 + 1)", name: "talk-packages", machine: "controller-\($0)", kind: "procedure", position: $0)
        }
        let attribution = Attribution(
            spans: StepSpan.spans(
                plan: plan, events: events([(0, .stepStarted, "1", [:]), (3, .stepStarted, "2", [:]), (2, .stepStarted, "3", [:])])))
        let found = attribution.attribute(outage(5, nil))
        #expect(found.steps == ["2", "3", "1"] && found.machine == "controller-1")
    }

    @Test(
        "names match patterns",
        arguments: [
            ("keystone", "keystone*", true), ("python3-keystone", "keystone*", false), ("python3-keystone", "*keystone", true),
            ("a", "*", true), ("", "*", true), ("abc", "a*c", true), ("abd", "a*c", false), ("abcbc", "a*bc", true), ("ab", "ab", true),
            ("ab", "abc", false), ("aab", "*ab", true),
        ])
    func patterns(name: String, pattern: String, matches: Bool) {
        #expect(NamePattern.matches(name, pattern) == matches)
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
        var span = StepSpan(step: plan[3], attempts: [], outcome: "ok", note: "", changedPackages: [])
        #expect(PackageChange.caused(by: span, among: differences).map(\.name) == ["keystone"])
        span.step.packages = ["ha*"]
        #expect(PackageChange.caused(by: span, among: differences).map(\.name) == ["haproxy"])
        span.changedPackages = ["new"]
        #expect(PackageChange.caused(by: span, among: differences).map(\.name) == ["new"])
        span.step.name = "stop-cluster"
        span.step.packages = []
        span.changedPackages = []
        #expect(PackageChange.caused(by: span, among: differences).isEmpty)
    }
}
