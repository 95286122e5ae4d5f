import Foundation
public import RehearsalChecks
public import RehearsalHistory
public import RehearsalModel
public import RehearsalStore

/// Everything that reports are made from, read from a store and folded once.
public struct RunHistory: Sendable {
    /// The patiences that every report answers for, in seconds.
    public static let patiences: [Double] = [0.25, 1, 5]

    /// A machine and what the update changed on it.
    public struct Machine: Sendable, Hashable {
        /// The machine.
        public var record: MachineRecord
        /// Whether its packages were listed both before and after the update.
        public var packagesAreKnown: Bool
        /// The packages whose version differs.
        public var changes: [PackageChange]
    }

    /// A probe and what it found.
    public struct Probe: Sendable, Hashable {
        /// The probe, without its settings.
        public var specification: ProbeSpecification
        /// How many samples the store holds.
        public var samples: Int
        /// The distance in seconds that 99 of 100 neighbouring samples do not exceed; nil with fewer than two samples.
        public var resolutionSeconds: Double?
        /// The folded samples, one for each patience, in order of patience; outages are attributed.
        public var folded: [FoldedProbe]

        /// What a client of a patience felt.
        public func folded(patience: Double) -> FoldedProbe? {
            folded.first { $0.patienceSeconds == patience }
        }
    }

    /// A course of events that the run left by going back to a checkpoint.
    public struct LeftBranch: Sendable, Hashable {
        /// Counts from 1.
        public var number: Int
        /// The identifier of the step whose checkpoint the run went back to.
        public var step: StepID?
        /// When its last event was.
        public var time: Timestamp
        /// How it stood then.
        public var note: String
    }

    /// The conditions of the run.
    public var conditions: RunMetadata
    /// Which of the run's branches this is, from 1; nil for the one that the run is on.
    public var branch: Int?
    /// The branches that the run left; empty in the history of one of them.
    public var leftBranches: [LeftBranch]
    /// The journal of this branch.
    public var events: [Event]
    /// Time that does not belong to this branch, or in which its machines stood still.
    public var excluded: [ExcludedInterval]
    /// What became of each step, in the order of the tree.
    public var spans: [StepSpan]
    /// The machines, in the order of the topology.
    public var machines: [Machine]
    /// The probes, in the order they were named.
    public var probes: [Probe]
    /// What was judged.
    public var checks: [CheckResult]
    /// The worst judgement.
    public var verdict: Verdict
    /// The names of the packages that the candidate channel offers, with their versions.
    public var candidate: [PackageVersion]

    /// When the run started: its first event, else its first sample.
    public var start: Timestamp {
        [events.first?.time, firstSample].compactMap { $0 }.min() ?? Timestamp(nanoseconds: 0)
    }
    /// When the run ended, as far as the history goes.
    public var end: Timestamp {
        let segments = probes.compactMap { $0.folded.first?.segments.last?.end }
        return max(start, (segments + [events.last?.time].compactMap { $0 }).max() ?? start)
    }
    /// Whether the journal holds the end of the run.
    public var isFinished: Bool {
        RunState(journal: events).end != nil
    }

    /// Seconds of the run from its start to an instant, without the time that other branches took.
    public func elapsed(at time: Timestamp) -> Double { seconds(from: start, to: time) }

    /// Seconds between two instants, without the time that other branches took.
    public func seconds(from start: Timestamp, to end: Timestamp) -> Double {
        let others = excluded.filter { $0.reason == .rewound }.nanoseconds(from: start, to: end)
        return end.seconds(since: start) - Double(others) / 1e9
    }

    /// How long the run took, in seconds.
    public var durationSeconds: Double { elapsed(at: end) }

    private var firstSample: Timestamp? {
        probes.compactMap { $0.folded.first?.segments.first?.start }.min()
    }

    /// Reads a store.
    ///
    /// - Parameter number: Which of the run's branches, from 1; nil for the one that the run is on.
    /// - Throws: `StoreError`, with code `notFound` when there is no such branch.
    public init(store: RunStore, branch number: Int? = nil) throws {
        let conditions = try store.conditions()
        let journal = try store.events()
        let branches = RunState(journal: journal).branches
        guard let taken = branches.last, number.map({ branches.indices.contains($0 - 1) }) ?? true else {
            throw StoreError(.notFound, "the run has no branch \(number ?? 0)", hint: "it has \(branches.count)")
        }
        let branch = number.map { branches[$0 - 1] } ?? taken
        let events = branch.events
        let state = RunState(plan: try store.steps(), journal: events)
        let spans = state.spans
        let expectations: [OutageBudget]
        do {
            expectations = try OutageBudget.budgets(json: conditions.expectationsJSON)
        } catch {
            throw StoreError(
                .damaged, "cannot read the expectations of the run in \(store.directory.path): \(error)", cause: error)
        }

        let patiences = Set(RunHistory.patiences + expectations.map(\.patienceSeconds)).sorted()
        let attribution = Attribution(spans: spans)
        let (recordedFrom, recordedTo) = RunHistory.recorded(
            state.recorder, events: events, samples: try store.sampleSpan(until: branch.end))
        let probes = try store.probes().map { specification in
            let samples = try store.samples(probe: specification.name, until: branch.end)
            return Probe(
                specification: specification, samples: samples.count,
                resolutionSeconds: RunHistory.resolution(samples),
                folded: patiences.map { patience in
                    var folded = ProbeFold.fold(
                        samples, probe: specification, patienceSeconds: patience, from: recordedFrom, to: recordedTo,
                        excluded: branch.excluded)
                    folded.outages = folded.outages.map(attribution.attribute)
                    return folded
                })
        }

        self.conditions = conditions
        self.branch = number
        leftBranches = number == nil ? RunHistory.left(branches.dropLast(), journal: journal) : []
        self.events = events
        excluded = branch.excluded
        self.spans = spans
        self.probes = probes
        self.machines = try store.machines().map { record in
            let before = try store.packages(machine: record.name, moment: .before)
            let after = try store.packages(machine: record.name, moment: .after)
            let isKnown = !before.isEmpty && !after.isEmpty && RunHistory.holdsVersions(of: record.name, events, journal: journal)
            return Machine(
                record: record, packagesAreKnown: isKnown,
                changes: isKnown ? PackageChange.between(before, after) : [])
        }
        self.candidate = try store.channel("candidate")
        self.checks = Checks.judge(
            Checks.Evidence(
                expectations: expectations, probes: probes.map(\.specification.name),
                folded: probes.flatMap(\.folded), spans: spans, events: events))
        self.verdict = Checks.verdict(of: checks)
    }

    /// A step by its identifier.
    public func span(_ id: StepID) -> StepSpan? {
        spans.first { $0.step.id == id }
    }

    /// The step that is the first cause of an outage.
    func cause(of outage: Outage) -> StepSpan? {
        outage.steps.first.flatMap(span)
    }

    /// The package changes that the first cause of an outage accounts for.
    func packages(behind outage: Outage) -> [PackageChange] {
        guard let cause = cause(of: outage), let machine = machines.first(where: { $0.record.name == outage.machine })
        else { return [] }
        return PackageChange.caused(by: cause, among: machine.changes)
    }

    /// Whether the versions that the store holds of a machine were read on this branch: another one may have read them since.
    private static func holdsVersions(of machine: String, _ events: [Event], journal: [Event]) -> Bool {
        guard let read = journal.last(where: { $0.kind == .versions && $0.machine == machine }) else { return true }
        return events.contains { $0.sequence == read.sequence }
    }

    private static func left(_ branches: ArraySlice<Branch>, journal: [Event]) -> [LeftBranch] {
        branches.enumerated().compactMap { index, branch in
            guard let last = branch.events.last,
                let back = journal.first(where: { $0.kind == .rewound && $0.sequence > last.sequence })
            else { return nil }
            let failed = branch.events.last { $0.kind == .stepEnded && $0.outcome?.isFailure == true && !$0.text.isEmpty }
            let inFlight = last.kind == .stepStarted || last.kind == .substepStarted
            let note =
                failed.map { "step \($0.step?.rawValue ?? "") \($0.outcome?.rawValue ?? ""): \($0.text)" }
                ?? (inFlight ? "in the middle of \(last.step?.rawValue ?? "") \(last.text)" : last.text)
            return LeftBranch(number: index + 1, step: back.step, time: last.time, note: note)
        }
    }

    /// When the recorder was meant to be sampling.
    ///
    /// It begins with the first sample of any probe, because a recorder takes a while to start. It ends with the last sample of any
    /// probe when the recorder stopped in good order soon afterwards, because it then waits for the attempts in flight; a recorder
    /// that fell silent while the run went on leaves unknown time behind.
    static func recorded(
        _ recorder: RunState.Recorder, events: [Event], samples: (first: Timestamp, last: Timestamp)?
    ) -> (from: Timestamp?, to: Timestamp?) {
        let drain = 15.0
        switch recorder {
        case .notStarted: return (samples?.first, nil)
        case .running(let started): return (samples?.first ?? started, events.last?.time)
        case .stopped(let started, let end):
            guard let samples else { return (started, end) }
            return (samples.first, end.seconds(since: samples.last) <= drain ? samples.last : end)
        }
    }

    private static func resolution(_ samples: [Sample]) -> Double? {
        guard samples.count > 1 else { return nil }
        let distances = zip(samples, samples.dropFirst())
            .map { $1.start.nanoseconds(since: $0.start) }.sorted()
        return Double(distances[min(distances.count - 1, distances.count * 99 / 100)]) / 1e9
    }
}
