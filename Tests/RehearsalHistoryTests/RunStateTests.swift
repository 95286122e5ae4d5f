import RehearsalHistory
import RehearsalModel
import RehearsalTesting
import Testing

@Suite("state of a run, folded from its journal")
struct RunStateTests {
    private let plan = [
        StepRecord(id: "1", name: "begin", kind: .beginStackUpdate, position: 0),
        StepRecord(id: "2", name: "update controller-0", machine: "controller-0", kind: .sequence, position: 1),
        StepRecord(id: "2.1", parent: "2", name: "breakpoint", machine: "controller-0", kind: .breakpoint, position: 2),
        StepRecord(id: "2.2", parent: "2", name: "packages", machine: "controller-0", kind: .procedure, position: 3),
        StepRecord(id: "2.2.1", parent: "2.2", name: "work", machine: "controller-0", kind: .substep, position: 4),
        StepRecord(id: "3", name: "end", kind: .endStackUpdate, position: 5),
    ]

    private func journal(_ payloads: [(Event.Payload, StepID?)]) -> [Event] {
        payloads.enumerated().map { Event(sequence: Int64($0 + 1), time: at(Double($0)), $1.0, step: $1.1, machine: "controller-0") }
    }

    private func state(_ payloads: [(Event.Payload, StepID?)]) -> RunState { RunState(plan: plan, journal: journal(payloads)) }

    /// Everything that a state says.
    private func facts(_ state: RunState, ofBranch: Bool = false) -> [String] {
        let steps = plan.map(\.id)
        return [
            "\(state.spans)", "\(state.standing)", "\(state.recorder)", "\(state.isStackUpdateOpen)", "\(state.checkpoints)",
            "\(state.clearedMachines.sorted())", "\(state.reachedBreakpoints.sorted())", "\(state.inFlight)", "\(state.branch)",
            "\(steps.map { state.lastStart(of: $0) })",
        ]
            + (ofBranch
                ? []
                : [
                    "\(state.branches)", "\(steps.map { state.attempt(of: $0) })", "\(steps.map { state.nextAttempt(of: $0) })",
                    "\(state.checkpointFolders.sorted())",
                ])
    }

    /// A journal that no engine would write, but any engine might have to read.
    private func random(_ seed: Int) -> [Event] {
        var generator = SplitMix(seed: UInt64(seed))
        let steps = plan.map(\.id) + ["2.2.extra", "9"]
        let kinds = EventKind.allCases
        return (1...Int.random(in: 1...60, using: &generator)).map { number in
            let payload: Event.Payload =
                switch kinds.randomElement(using: &generator) ?? .planned {
                case .stepStarted: .stepStarted(attempt: Int.random(in: 1...3, using: &generator))
                case .stepEnded: .stepEnded(Bool.random(using: &generator) ? .ok : .failed)
                case .substepEnded: .substepEnded(status: Int32.random(in: 0...1, using: &generator))
                case .checkpointed:
                    .checkpointed(
                        Event.Saving(
                            pause: Event.Pause(start: at(Double(number) - 0.5), end: at(Double(number))),
                            files: Event.SavedFiles(folder: "\(number)")))
                case .rewound: .rewound(to: Int64.random(in: 0..<Int64(number), using: &generator))
                case let kind: Event.Payload(kind: kind.rawValue, detail: [:])
                }
            return Event(
                sequence: Int64(number), time: at(Double(number)), payload, step: steps.randomElement(using: &generator),
                machine: Bool.random(using: &generator) ? "controller-0" : nil)
        }
    }

    @Test("folding event by event is folding the whole", arguments: 0..<100)
    func incremental(seed: Int) {
        let events = random(seed)
        var state = RunState(plan: plan)
        for (index, event) in events.enumerated() {
            state.apply(event)
            #expect(facts(state) == facts(RunState(plan: plan, journal: Array(events[...index]))))
        }
    }

    @Test("the state of a run is that of the branch it is on, as if there had never been another", arguments: 0..<100)
    func branch(seed: Int) {
        let state = RunState(plan: plan, journal: random(seed))
        #expect(facts(RunState(plan: plan, journal: state.branch.events), ofBranch: true) == facts(state, ofBranch: true))
    }

    @Test("branches are those that going back by hand makes", arguments: 0..<100)
    func branches(seed: Int) {
        var (left, taken): ([[Event]], [Event]) = ([], [])
        let events = random(seed)
        for event in events {
            if case .rewound(let sequence, _) = event.payload {
                if taken.last?.kind != .rewound { left.append(taken) }
                taken.removeAll { $0.sequence > sequence }
            }
            taken.append(event)
        }
        #expect(Branch.all(of: events).map(\.events) == left + [taken])
    }

    @Test("an update of the stack is open from a begin that succeeded to an end that did")
    func stack() {
        let begun: [(Event.Payload, StepID?)] = [(.stepStarted(), "1"), (.stepEnded(.ok), "1")]
        #expect(state(begun).isStackUpdateOpen)
        #expect(!state([(.stepStarted(), "1"), (.stepEnded(.failed), "1")]).isStackUpdateOpen)
        #expect(state(begun + [(.stepStarted(), "3"), (.stepEnded(.failed), "3")]).isStackUpdateOpen)
        #expect(!state(begun + [(.stepStarted(), "3"), (.stepEnded(.ok), "3")]).isStackUpdateOpen)
    }

    @Test("an attempt has a number of its own, whatever branch it was on; the one in flight keeps its number")
    func attempts() {
        let first: [(Event.Payload, StepID?)] = [(.runStarted, nil), (.stepStarted(), "2.2")]
        #expect(state([]).nextAttempt(of: "2.2") == 1)
        #expect(state(first).nextAttempt(of: "2.2") == 1)
        #expect(state(first + [(.stepEnded(.failed), "2.2")]).nextAttempt(of: "2.2") == 2)
        #expect(state(first + [(.rewound(to: 1), "2.2")]).nextAttempt(of: "2.2") == 2)
    }

    @Test("what is in flight counts from its next start after going back")
    func inFlight() {
        let open: [(Event.Payload, StepID?)] = [(.stepStarted(), "2"), (.checkpointed(Event.Saving()), "2"), (.stepStarted(), "2.2")]
        #expect(state(open).inFlight.map(\.step.id) == ["2", "2.2"])
        let back = state(open + [(.rewound(to: 2), "2")])
        #expect(back.inFlight.isEmpty && back.span(of: "2")?.isInFlight == true)
        let again = state(open + [(.rewound(to: 2), "2"), (.stepStarted(), "2")])
        #expect(again.inFlight(StepID(rawValue: "2"))?.since == at(4) && again.span(of: "2")?.attempts.count == 1)
    }

    @Test("a run that was taken up or back after its end is not over")
    func standing() {
        #expect(state([(.runStarted, nil), (.runEnded, nil)]).end == at(1))
        #expect(state([(.runStarted, nil), (.runEnded, nil), (.resumed, nil)]).standing == .going)
        #expect(state([(.runStarted, nil), (.runEnded, nil), (.rewound(to: 1), nil)]).standing == .interrupted)
        #expect(state([(.runStarted, nil), (.interrupted, nil)]).standing == .interrupted)
    }

    @Test("the recorder's time begins with its first start and ends with its last stop")
    func recorder() {
        #expect(state([]).recorder == .notStarted)
        let twice: [(Event.Payload, StepID?)] = [(.recorderStarted, nil), (.recorderStopped(.exited(0)), nil), (.recorderStarted, nil)]
        #expect(state(twice).recorder == .running(since: at(0)))
        #expect(state(twice + [(.recorderStopped(.gone), nil)]).recorder == .stopped(since: at(0), at: at(3), .gone))
    }

    @Test("one definition says what a failure is")
    func failures() {
        #expect(StepOutcome.allCases.filter(\.isFailure) == [.failed, .timeout, .error])
        #expect(StepOutcome.allCases.filter(\.isFailureOfStep) == [.failed, .timeout])
        #expect(StepOutcome.allCases.filter(\.isEnd) == [.ok, .failed, .timeout, .error])
    }
}
