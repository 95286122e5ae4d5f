public import RehearsalChecks
public import RehearsalHistory
public import RehearsalModel

/// Everything that is known about a run, read from its history and folded once.
///
/// Who needs less, or needs it bit by bit, takes ``RunCourse``.
public struct RunAnalysis: Sendable {
    /// The course of the run: conditions, journal and steps.
    public let course: RunCourse
    /// The machines, in the order of the topology.
    public let machines: [MachineFinding]
    /// The probes, in the order they were named.
    public let probes: [ProbeFinding]
    /// How the host kept the machines waiting.
    public let host: HostLoad
    /// What was judged.
    public let checks: [CheckResult]
    /// The worst judgement.
    public let verdict: Verdict

    /// Analyses a run.
    ///
    /// - Parameters:
    ///   - branch: Which of the run's branches, from 1; nil for the one that the run is on.
    ///   - suite: What the run is judged by.
    /// - Throws: ``AnalysisError``, with code `noBranch` when there is no such branch; whatever the source throws.
    public init(_ source: any HistorySource, branch: Int? = nil, suite: CheckSuite = .standard) throws {
        course = try RunCourse(source, branch: branch)
        host = try course.hostLoad()
        probes = try course.findings(of: course.probes(), load: host)
        machines = try course.machines()
        checks = suite.judge(try course.evidence(findings: probes))
        verdict = CheckSuite.verdict(of: checks)
    }

    // MARK: The course

    /// The conditions of the run.
    public var conditions: RunMetadata { course.conditions }
    /// Which of the run's branches this is, from 1; nil for the one that the run is on.
    public var branch: Int? { course.branch }
    /// The branches that the run left; empty in the analysis of one of them.
    public var leftBranches: [LeftBranch] { course.leftBranches }
    /// The journal of this branch.
    public var events: [Event] { course.events }
    /// What became of each step, in the order of the tree.
    public var spans: [StepSpan] { course.spans }
    /// Whether the journal holds the end of the run.
    public var isFinished: Bool { course.isFinished }

    /// A step by its identifier.
    public func span(_ id: StepID) -> StepSpan? { course.span(id) }

    // MARK: Time

    /// When the run started: its first event, else its first sample.
    public var start: Timestamp {
        [events.first?.time, firstSample].compactMap { $0 }.min() ?? Timestamp(nanoseconds: 0)
    }
    /// When the run ended, as far as the history goes.
    public var end: Timestamp {
        let segments = probes.compactMap { $0.clients.first?.segments.last?.end }
        return max(start, (segments + [events.last?.time].compactMap { $0 }).max() ?? start)
    }
    /// How long the run took, in seconds.
    public var durationSeconds: Double { elapsed(at: end) }

    /// Seconds of the run from its start to an instant, without the time that other branches took.
    public func elapsed(at time: Timestamp) -> Double { seconds(from: start, to: time) }

    /// Seconds between two instants, without the time that other branches took.
    public func seconds(from start: Timestamp, to end: Timestamp) -> Double { course.seconds(from: start, to: end) }

    private var firstSample: Timestamp? {
        probes.compactMap { $0.clients.first?.segments.first?.start }.min()
    }

    // MARK: Causes

    /// The step that is the first cause of an outage.
    public func cause(of outage: Outage) -> StepSpan? {
        outage.cause.flatMap(span)
    }

    /// The package changes that the first cause of an outage accounts for.
    public func packages(behind outage: Outage) -> [PackageChange] {
        guard let cause = cause(of: outage), let machine = machines.first(where: { $0.record.name == outage.machine })
        else { return [] }
        return PackageChange.caused(by: cause, among: machine.changes)
    }
}
