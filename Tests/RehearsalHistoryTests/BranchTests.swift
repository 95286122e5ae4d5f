import RehearsalHistory
import RehearsalModel
import Testing

private func event(_ sequence: Int64, _ seconds: Double, _ payload: Event.Payload, _ step: StepID? = nil) -> Event {
    Event(sequence: sequence, time: at(seconds), payload, step: step)
}

private func checkpointed(_ sequence: Int64, _ seconds: Double, pause: ClosedRange<Double>) -> Event {
    event(
        sequence, seconds,
        .checkpointed(
            Event.Saving(
                pause: Event.Pause(start: at(pause.lowerBound), end: at(pause.upperBound)), files: Event.SavedFiles(folder: "2"))), "2")
}

@Suite("branches of a journal")
struct BranchTests {
    private let journal = [
        event(1, 0, .stepStarted(), "1"), event(2, 10, .stepEnded(.ok), "1"), checkpointed(3, 17, pause: 11...15),
        event(4, 18, .stepStarted(), "2"), event(5, 30, .stepEnded(.failed), "2"),
    ]

    @Test("a journal without a rewind is one branch")
    func one() {
        let branches = Branch.all(of: journal)
        #expect(branches.map { $0.events.map(\.sequence) } == [[1, 2, 3, 4, 5]])
        #expect(branches[0].end == nil)
        #expect(branches[0].excluded == [ExcludedInterval(start: at(11), end: at(15), reason: .checkpoint)])
    }

    @Test("going back leaves a branch with its end")
    func left() {
        let rewound =
            journal + [
                event(6, 100, .rewound(to: 3), "2"), event(7, 130, .recorderStarted), event(8, 131, .stepStarted(), "2"),
            ]
        let branches = Branch.all(of: rewound)
        #expect(branches.map { $0.events.map(\.sequence) } == [[1, 2, 3, 4, 5], [1, 2, 3, 6, 7, 8]])
        #expect(branches[0].end == at(30))
        #expect(branches[1].end == nil)
        // From the instant that the machines came back to, until they are watched again.
        #expect(
            branches[1].excluded == [
                ExcludedInterval(start: at(11), end: at(15), reason: .checkpoint),
                ExcludedInterval(start: at(15), end: at(130), reason: .rewound),
            ])
    }

    @Test("going back twice to one place leaves no empty branch")
    func twice() {
        let rewound =
            journal + [
                event(6, 100, .rewound(to: 3), "2"), event(7, 200, .rewound(to: 3), "2"),
                event(8, 230, .recorderStarted),
            ]
        #expect(Branch.all(of: rewound).map { $0.events.map(\.sequence) } == [[1, 2, 3, 4, 5], [1, 2, 3, 7, 8]])
        #expect(Branch.taken(of: rewound).excluded.last == ExcludedInterval(start: at(15), end: at(230), reason: .rewound))
    }

    @Test("an empty journal has one empty branch")
    func empty() {
        #expect(Branch.taken(of: []).events.isEmpty)
        #expect(Branch.all(of: []).count == 1)
    }
}
