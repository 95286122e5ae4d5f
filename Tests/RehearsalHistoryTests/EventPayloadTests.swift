import Foundation
import RehearsalHistory
import RehearsalModel
import RehearsalTesting
import Testing

@Suite("stored form of events")
struct EventPayloadTests {
    /// One event of each kind, with all facts that it may hold.
    private func full(_ kind: EventKind) -> Event.Payload {
        switch kind {
        case .runStarted: .runStarted
        case .planned: .planned
        case .stepStarted: .stepStarted(attempt: 2)
        case .stepEnded: .stepEnded(.timeout, seconds: 12.3)
        case .substepStarted: .substepStarted
        case .substepEnded: .substepEnded(status: 75)
        case .breakpointReached: .breakpointReached
        case .breakpointCleared: .breakpointCleared
        case .recorderStarted: .recorderStarted
        case .recorderStopped: .recorderStopped(.exited(70))
        case .versions: .versions(.after)
        case .readiness: .readiness([Event.Awaited(machine: "controller-0", service: "galera", detail: "2 of 3")])
        case .verdict: .verdict(Event.CheckVerdict(check: "versions", group: "testbed", verdict: .fail))
        case .runEnded: .runEnded
        case .resumed: .resumed
        case .interrupted: .interrupted
        case .checkpointed:
            .checkpointed(
                Event.Saving(
                    pause: Event.Pause(start: at(1), end: at(2)),
                    files: Event.SavedFiles(folder: "5.1.1-2", bytes: 42, spreadSeconds: 0.007)))
        case .settled: .settled(Event.Pause(start: at(2), end: at(5)))
        case .machineChanged: .machineChanged(.stoodStill)
        case .rewound: .rewound(to: 17, folder: "5.1.1")
        }
    }

    @Test("every kind comes back from its stored form", arguments: EventKind.allCases)
    func roundTrip(kind: EventKind) {
        let payload = full(kind)
        #expect(payload.kind == kind)
        #expect(Event.Payload(kind: payload.storedKind, detail: payload.storedDetail) == payload)
    }

    @Test("every kind stores the facts that it declares, and no others", arguments: EventKind.allCases)
    func keys(kind: EventKind) {
        let stored = Set(full(kind).storedDetail.keys)
        #expect((kind == .readiness ? stored == ["controller-0.galera"] : stored == kind.keys))
    }

    @Test("the stored form is that of earlier versions")
    func stored() {
        #expect(Event.Payload.stepStarted(attempt: 1).storedDetail == ["attempt": "1"])
        #expect(Event.Payload.stepEnded(.ok, seconds: 0.05).storedDetail == ["outcome": "ok", "seconds": "0.1"])
        #expect(Event.Payload.stepEnded(.error).storedDetail == ["outcome": "error"])
        #expect(Event.Payload.substepEnded(status: 1).storedDetail == ["outcome": "failed", "status": "1"])
        #expect(full(.checkpointed).storedDetail["spread_s"] == "0.007")
        #expect(full(.checkpointed).storedDetail["paused_from"] == "1000000000")
    }

    @Test("a recorder that was gone is none that ended in good order, and its journal says so")
    func recorderEnds() {
        for (end, word) in [(RecorderEnd.exited(0), "0"), (.exited(75), "75"), (.gone, "gone"), (.unknown, nil)] {
            let payload = Event.Payload.recorderStopped(end)
            #expect(payload.storedDetail["status"] == word)
            #expect(Event.Payload(kind: "recorderStopped", detail: payload.storedDetail) == payload)
        }
        #expect([RecorderEnd.exited(0), .exited(75), .gone, .unknown].map(\.isOrderly) == [true, false, false, true])
        #expect(Event.Payload(kind: "recorderStopped", detail: ["status": "abducted"]).kind == nil)
    }

    @Test("numbers are stored as printf writes them", arguments: [0, 0.04, 0.06, 1.96, 59.999, 1234.56, 123_456.7])
    func numbers(value: Double) {
        #expect(Event.Payload.stepEnded(.ok, seconds: value).storedDetail["seconds"] == String(format: "%.1f", value))
    }

    @Test("what earlier versions left out has the meaning that it had")
    func omitted() {
        #expect(Event.Payload(kind: "stepStarted", detail: [:]) == .stepStarted(attempt: 1))
        #expect(Event.Payload(kind: "stepEnded", detail: [:]) == .stepEnded(.ok))
        #expect(Event.Payload(kind: "stepEnded", detail: ["status": "4"]) == .stepEnded(.failed))
        #expect(Event.Payload(kind: "substepEnded", detail: ["outcome": "failed"]) == .substepEnded(status: 1))
        #expect(Event.Payload(kind: "checkpointed", detail: [:]) == .checkpointed(Event.Saving()))
        #expect(Event.Payload(kind: "versions", detail: [:]) == .versions(nil))
    }

    @Test(
        "what this version does not know is kept as it is, and said",
        arguments: [
            ("serverMigrated", ["from": "compute-0", "to": "compute-1"]), ("stepEnded", ["outcome": "postponed"]), ("rewound", [:]),
            ("verdict", ["verdict": "pass"]), ("", [:]),
        ])
    func unknown(kind: String, detail: [String: String]) {
        let payload = Event.Payload(kind: kind, detail: detail)
        #expect(payload == .unknown(kind: kind, detail: detail))
        #expect(payload.kind == nil && payload.isNews)
        #expect(payload.storedKind == kind && payload.storedDetail == detail)
        #expect(Event(time: at(0), payload, text: "of one server").line == "\(kind): of one server")
        #expect(Event(time: at(0), payload).line == kind)
    }

    // MARK: docs/run-directory.md

    @Test("docs/run-directory.md names the kinds that are written, with the facts that each may hold")
    func documentedKinds() throws {
        let rows = try MarkdownPage("docs/run-directory.md").table("kind")
        let documented = Dictionary(
            uniqueKeysWithValues: rows.map { (MarkdownPage.words($0[0]).first ?? "", Set(MarkdownPage.words($0[2]))) })
        #expect(Set(documented.keys) == Set(EventKind.allCases.map(\.rawValue)))
        for kind in EventKind.allCases { #expect(documented[kind.rawValue] == kind.keys, "\(kind)") }
    }

    @Test("docs/run-directory.md names the words of the facts that are one of several")
    func documentedWords() throws {
        let rows = try MarkdownPage("docs/run-directory.md").table("fact")
        let documented = Dictionary(
            uniqueKeysWithValues: rows.map { (MarkdownPage.words($0[0]).first ?? "", Set(MarkdownPage.words($0[1]))) })
        #expect(documented["outcome"] == Set(StepOutcome.allCases.filter(\.isEnd).map(\.rawValue)))
        #expect(documented["moment"] == [PackageMoment.before.rawValue, PackageMoment.after.rawValue])
        #expect(documented["verdict"] == Set(Verdict.allCases.map(\.rawValue)))
        #expect(documented.count == 3)
    }
}
