import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
import RehearsalModel
import Synchronization
import Testing

/// A history that a test makes up; it counts how often samples and packages were read.
final class MadeUpHistory: HistorySource {
    let location = "nowhere"
    let journal: [Event]
    let expectations: String
    let kind: StepKind
    /// From which of its samples on probe `b` was asked.
    let late: Int
    let reads = Mutex<(samples: Int, packages: Int)>((0, 0))

    init(_ journal: [Event] = [], expectations: String = "[]", kind: StepKind = .procedure, late: Int = 0) {
        self.late = late
        self.journal = journal
        self.kind = kind
        self.expectations = expectations
    }

    func conditions() -> RunMetadata {
        RunMetadata(values: ["identifier": "made-up", "expectations": expectations])
    }
    func machines() -> [MachineRecord] { [MachineRecord(name: "controller-0", role: "Controller", position: 0)] }
    func steps() -> [StepRecord] { [StepRecord(id: "1", name: "update", kind: kind, position: 0)] }
    func events(after sequence: Int64) -> [Event] { journal.filter { $0.sequence > sequence } }
    func probes() -> [ProbeSpecification] {
        ["a", "b"].map { ProbeSpecification(name: $0, kind: "tcp", target: "", periodMilliseconds: 100) }
    }
    func samples(probe: String, from start: Timestamp?, until end: Timestamp?) -> [Sample] {
        reads.withLock { $0.samples += 1 }
        return ((probe == "b" ? late : 0)..<50).map {
            Sample(
                probe: probe, start: Timestamp(nanoseconds: Int64($0) * 100_000_000), latencyNanoseconds: 0,
                outcome: (10..<20).contains($0) ? .refused : .ok)
        }
    }
    func sampleSpan(until end: Timestamp?) -> (first: Timestamp, last: Timestamp)? {
        (Timestamp(nanoseconds: 0), Timestamp(nanoseconds: 4_900_000_000))
    }
    func packages(machine: String, moment: PackageMoment) -> [PackageVersion] {
        reads.withLock { $0.packages += 1 }
        return [PackageVersion(name: "haproxy", version: moment == .before ? "1" : "2")]
    }
    func facts() -> [Fact] { [] }
    func serviceNeeds() -> [String: [String]] { [:] }
    func hostLoad(until end: Timestamp?) -> HostLoad { .unknown }
    func packageChanges() -> [PackageChange] { [PackageChange(name: "haproxy", from: "1", to: "2")] }
}

@Suite("course of a run")
struct RunCourseTests {
    private static let journal = [
        Event(sequence: 1, time: Timestamp(nanoseconds: 0), .stepStarted(), step: "1"),
        Event(sequence: 2, time: Timestamp(nanoseconds: 5_000_000_000), .stepEnded(.ok), step: "1"),
        Event(sequence: 3, time: Timestamp(nanoseconds: 5_000_000_000), .runEnded),
    ]

    @Test("the state of a run is known without reading samples or packages")
    func aCourseIsCheap() throws {
        let source = MadeUpHistory(Self.journal)
        let course = try RunCourse(source)
        #expect(course.isFinished && course.span("1")?.outcome == .ok)
        #expect(source.reads.withLock { $0 == (0, 0) })
    }

    @Test("the quiet time is quiet until the first fault", arguments: [(2.0, 20), (9.0, 50), (0.0, 0)])
    func quietTimeEndsWithTheFirstFault(_ fault: Double, _ quiet: Int) throws {
        func event(_ sequence: Int64, _ seconds: Double, _ payload: Event.Payload, _ step: StepID) -> Event {
            Event(sequence: sequence, time: Timestamp(nanoseconds: Int64(seconds * 1e9)), payload, step: step)
        }
        let history = MadeUpHistory(
            [event(1, 0, .stepStarted(), "1"), event(2, fault, .stepStarted(), "F1"), event(3, 5, .stepEnded(.ok), "1")], kind: .baseline)
        let found = try #require(try RunCourse(history).findings(of: history.probes()).first)
        #expect(found.quiet.first?.failed.samples.values.reduce(0, +) ?? 0 == quiet)
    }

    @Test("nothing is unknown of a probe before the recorder first asked it: its machine had not joined yet")
    func lateProbes() throws {
        func event(_ sequence: Int64, _ seconds: Double, _ payload: Event.Payload) -> Event {
            Event(sequence: sequence, time: Timestamp(nanoseconds: Int64(seconds * 1e9)), payload)
        }
        let begun = [event(1, 0, .recorderStarted), event(2, 2.9, .recorderStopped(.exited(0)))]
        for (restart, isKnown) in [([event(3, 2.95, .recorderStarted)], true), ([], false)] {
            let history = MadeUpHistory(begun + restart + [event(4, 4.9, .recorderStopped(.exited(0)))], late: 30)
            let found = try RunCourse(history).findings(of: history.probes()).map { $0.client(patience: 1)?.unknownSeconds ?? -1 }
            #expect((found[1] < 0.3) == isKnown, "\(found)")
        }
    }

    @Test("a run that is about to end is judged by its machines' packages, and no samples are read")
    func aRunAboutToEndIsJudgedByItsMachines() throws {
        let source = MadeUpHistory(Array(Self.journal.dropLast()))
        let results = try RunCourse(source).judgeAtEnd()
        #expect(results.map(\.verdict) == [.pass])
        #expect(results.map(\.message) == ["1 packages on 1 machines"])
        #expect(source.reads.withLock { $0 == (0, 2) })
    }

    @Test("the outages of one probe are found, with their steps, without reading another's samples")
    func probesAreFoldedOneByOne() throws {
        let source = MadeUpHistory(Self.journal)
        let course = try RunCourse(source)
        let finding = try #require(try course.findings(of: Array(course.probes().prefix(1))).first)
        #expect(finding.clients.map(\.patienceSeconds) == Patience.standard)
        #expect(finding.client(patience: 1)?.outages.first?.steps == ["1"])
        #expect(source.reads.withLock { $0.samples } == 1)
    }

    @Test("an analysis has every probe at every patience, also a budget's, all checks, and what changed on each machine")
    func anAnalysisHasEverything() throws {
        let source = MadeUpHistory(Self.journal, expectations: #"[{"probe":"*","patience_s":2,"longest_outage_s":0.5}]"#)
        let analysis = try RunAnalysis(source)
        #expect(analysis.probes.map(\.clients.count) == [4, 4], "the patience of a budget is folded, too")
        #expect(analysis.verdict == .fail)
        #expect(analysis.checks.map(\.group) == ["steps", "outages", "outages", "versions"])
        #expect(analysis.machines.map(\.changes.count) == [1])
    }

    @Test("a branch that is not there and expectations that cannot be read are errors with a code each")
    func whatIsNotThereIsSaid() {
        #expect { try RunCourse(MadeUpHistory(), branch: 2) } throws: { ($0 as? AnalysisError)?.code == .noBranch }
        #expect { try RunCourse(MadeUpHistory(expectations: "{")) } throws: { ($0 as? AnalysisError)?.code == .damaged }
    }
}
