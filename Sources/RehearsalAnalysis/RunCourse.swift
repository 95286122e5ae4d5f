import Foundation
public import RehearsalChecks
public import RehearsalHistory
public import RehearsalModel

/// The course of a run on one of its branches: conditions, journal and steps.
///
/// It is cheap to make. What takes longer is found on demand and by parts, so that a listing or a page of a run that goes on need not
/// wait for all of it: ``findings(of:)`` folds the probes that it is given, ``machines()`` compares packages, ``evidence(_:findings:)`` gathers the parts that it is asked for.
public struct RunCourse: Sendable {
    /// The conditions of the run.
    public let conditions: RunMetadata
    /// Which of the run's branches this is, from 1; nil for the one that the run is on.
    public let branch: Int?
    /// The branches that the run left; empty in the course of one of them.
    public let leftBranches: [LeftBranch]
    /// The journal of this branch.
    public let events: [Event]
    /// Time that does not belong to this branch, or in which its machines stood still.
    public let excluded: [ExcludedInterval]
    /// What became of each step, in the order of the tree.
    public let spans: [StepSpan]
    /// The budgets of the scenario.
    public let expectations: [Expectation]
    /// The patiences that samples are folded for, in seconds: the standard ones and those of the budgets.
    public let patiences: [Double]

    private let source: any HistorySource
    private let journal: [Event]
    private let state: RunState
    private let end: Timestamp?

    /// Reads the journal and the plan of a run.
    ///
    /// - Parameter number: Which of the run's branches, from 1; nil for the one that the run is on.
    /// - Throws: ``AnalysisError``, with code `noBranch` when there is no such branch; whatever the source throws.
    public init(_ source: any HistorySource, branch number: Int? = nil) throws {
        let conditions = try source.conditions()
        let journal = try source.events(after: 0)
        let branches = RunState(journal: journal).branches
        guard let taken = branches.last, number.map({ branches.indices.contains($0 - 1) }) ?? true else {
            throw AnalysisError(.noBranch, "the run has no branch \(number ?? 0)", hint: "it has \(branches.count)")
        }
        let branch = number.map { branches[$0 - 1] } ?? taken
        do {
            expectations = try Expectation.expectations(json: conditions.expectationsJSON)
        } catch {
            throw AnalysisError(
                .damaged, "cannot read the expectations of the run in \(source.location): \(error.quoted)", cause: error)
        }
        patiences = Set(Patience.standard + expectations.map(\.patienceSeconds)).sorted()
        self.conditions = conditions
        self.branch = number
        leftBranches = number == nil ? LeftBranch.all(branches.dropLast(), journal: journal) : []
        events = branch.events
        excluded = branch.excluded
        state = RunState(plan: try source.steps(), journal: branch.events)
        spans = state.spans
        end = branch.end
        self.source = source
        self.journal = journal
    }

    /// Whether the journal holds the end of the run.
    public var isFinished: Bool {
        state.end != nil
    }

    /// A step by its identifier.
    public func span(_ id: StepID) -> StepSpan? {
        spans.first { $0.step.id == id }
    }

    /// Seconds between two instants, without the time that other branches took.
    public func seconds(from start: Timestamp, to end: Timestamp) -> Double {
        excluded.secondsOfBranch(from: start, to: end)
    }

    // MARK: Probes

    /// The probes of the run, in the order they were named.
    public func probes() throws -> [ProbeSpecification] { try source.probes() }

    /// Folds the samples of probes for every patience, and names the causes of their outages.
    ///
    /// - Parameter load: How the host kept the machines waiting, if that was read already.
    public func findings(of probes: [ProbeSpecification], load: HostLoad? = nil) throws -> [ProbeFinding] {
        let ledger = FactLedger(facts: try source.facts(), needs: try source.serviceNeeds())
        let attribution = Attribution(
            spans: spans, ledger: ledger, latent: Set((plan?.faults ?? []).filter { $0.fault?.isLatent == true }.map(\.id)))
        let (from, to) = RunCourse.recorded(state.recorder, lastEvent: events.last?.time, samples: try source.sampleSpan(until: end))
        let load = try load ?? hostLoad()
        let restarts = events.filter { $0.kind == .recorderStarted }.dropFirst().map(\.time)
        return try probes.map { probe in
            let samples = load.annotate(try source.samples(probe: probe.name, from: nil, until: end))
            // A probe of a machine that joined was not asked before: nothing about it is unknown then.
            let first = samples.first.map(\.start)
            let from = restarts.contains { restart in first.map { restart <= $0 } ?? false } ? first : from
            let clients = patiences.map { patience in
                var felt = FeltByClient(
                    samples, probe: probe, patienceSeconds: patience, from: from, to: to, restarts: restarts, excluded: excluded)
                for kind in OutageClass.allCases {
                    felt[kind].outages = felt[kind].outages.map { attribution.attribute($0, service: probe.service) }
                }
                return felt
            }
            return ProbeFinding(
                specification: probe, samples: samples.count, resolutionSeconds: ProbeFinding.resolution(samples),
                strain: Strain(samples, probe: probe), clients: clients, quiet: quiet(samples, probe: probe))
        }
    }

    /// What clients felt in the quiet time before the update, as long as nothing was broken in it; empty if there was none.
    private func quiet(_ samples: [Sample], probe: ProbeSpecification) -> [FeltByClient] {
        guard let time = spans.first(where: { $0.step.kind == .baseline })?.attempts.last, let planned = time.end else { return [] }
        let broken = spans.filter { $0.step.kind == .fault }.flatMap(\.attempts).map(\.start).filter { time.start <= $0 }.min()
        let end = min(planned, broken ?? planned)
        guard time.start < end else { return [] }
        let inside = samples.filter { time.start <= $0.start && $0.start < end }
        return patiences.map { FeltByClient(inside, probe: probe, patienceSeconds: $0, from: time.start, to: end, excluded: excluded) }
    }

    /// How the host kept the machines waiting.
    public func hostLoad() throws -> HostLoad { try source.hostLoad(until: end) }

    /// When the recorder was meant to be sampling.
    ///
    /// It begins with the first sample of any probe, because a recorder takes a while to start. It ends with the last sample of any
    /// probe when the recorder stopped in good order soon afterwards, because it then waits for the attempts in flight; a recorder
    /// that fell silent while the run went on leaves unknown time behind.
    static func recorded(
        _ recorder: RunState.Recorder, lastEvent: Timestamp?, samples: (first: Timestamp, last: Timestamp)?
    ) -> (from: Timestamp?, to: Timestamp?) {
        let drain = 15.0
        switch recorder {
        case .notStarted: return (samples?.first, nil)
        case .running(let started): return (samples?.first ?? started, [lastEvent, samples?.last].compactMap { $0 }.max())
        case .stopped(let started, let time, let end):
            guard let samples else { return (started, time) }
            // One that ended by trouble did not store all that it saw.
            return (samples.first, end.isOrderly && time.seconds(since: samples.last) <= drain ? samples.last : time)
        }
    }

    // MARK: Machines

    /// The machines, in the order of the topology, and what the update changed on them.
    public func machines() throws -> [MachineFinding] {
        let packages = try self.packages()
        // Machines tell of their whole time since they were switched on.
        let start = events.first?.time ?? Timestamp(nanoseconds: 0)
        let started = try source.facts().filter { $0.source == .systemd && $0.change == .gained && $0.time >= start }
        let starts = Dictionary(grouping: started, by: \.machine)
        return try source.machines().map { record in
            let own = packages.first { $0.machine == record.name }
            let isKnown = own.map { !$0.before.isEmpty && !$0.after.isEmpty && holdsVersions(of: record.name) } ?? false
            return MachineFinding(
                record: record, packagesAreKnown: isKnown,
                changes: isKnown ? PackageChange.between(own?.before ?? [], own?.after ?? []) : [],
                starts: Dictionary(grouping: starts[record.name] ?? []) { $0.service ?? $0.subject }.mapValues(\.count))
        }
    }

    private func packages() throws -> [Evidence.MachinePackages] {
        try source.machines().map {
            Evidence.MachinePackages(
                machine: $0.name, before: try source.packages(machine: $0.name, moment: .before),
                after: try source.packages(machine: $0.name, moment: .after))
        }
    }

    /// Whether the versions that the source holds of a machine were read on this branch: another one may have read them since.
    private func holdsVersions(of machine: String) -> Bool {
        guard let read = journal.last(where: { $0.kind == .versions && $0.machine == machine }) else { return true }
        return events.contains { $0.sequence == read.sequence }
    }

    // MARK: Judgement

    /// Judges a run that is about to end by the checks whose verdicts it journals. No samples are read for it: they stay.
    public func judgeAtEnd(by suite: CheckSuite = .standard) throws -> [CheckResult] {
        suite.judgeAtEnd(try evidence([.journal, .packages]))
    }

    private var plan: Plan? { conditions.planJSON.flatMap { try? JSONDecoder().decode(Plan.self, from: Data($0.utf8)) } }

    /// Gathers what a run is judged by.
    ///
    /// - Parameters:
    ///   - parts: The parts that take their own time; all by default.
    ///   - findings: What was found of the probes already; nil to find it now if `parts` has the samples.
    public func evidence(_ parts: Set<Evidence.Part> = Set(Evidence.Part.allCases), findings: [ProbeFinding]? = nil) throws -> Evidence {
        let probes = try source.probes()
        let found = parts.contains(.samples) ? try findings ?? self.findings(of: probes) : []
        return Evidence(
            parts: parts, isControl: conditions.isControl, looksFor: plan?.looksFor ?? [], hasEnded: isFinished, expectations: expectations,
            probes: probes.map(\.name),
            packageChanges: try source.packageChanges(),
            events: parts.contains(.journal) ? events : [], spans: parts.contains(.journal) ? spans : [],
            clients: Dictionary(found.map { ($0.specification.name, $0.clients) }) { first, _ in first },
            quiet: Dictionary(found.map { ($0.specification.name, $0.quiet) }) { first, _ in first },
            machines: parts.contains(.packages) ? try packages() : [], facts: parts.contains(.facts) ? try source.facts() : [],
            serviceNeeds: parts.contains(.facts) ? try source.serviceNeeds() : [:])
    }
}
