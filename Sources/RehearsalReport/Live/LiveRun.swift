public import RehearsalHistory
public import RehearsalModel

/// A run as far as it is stored, for a page that is looked at while it goes on.
public struct LiveRun: Sendable {
    /// A probe, and the states of its target for the headline's client.
    public struct Probe: Sendable {
        /// The probe, without its settings.
        public var specification: ProbeSpecification
        /// Its states, in order of time, without overlap.
        public var segments: [ProbeSegment]

        /// Takes a probe of which nothing is known yet.
        public init(_ specification: ProbeSpecification) {
            self.specification = specification
            segments = []
        }

        /// Takes a sample. States of neighbouring samples are joined; where samples are further apart than three periods nobody can tell.
        public mutating func take(_ sample: Sample) {
            let period = Int64(specification.periodMilliseconds) * 1_000_000
            let state = sample.state(patience: Int64(Patience.headline * 1e9))
            let end = sample.start.advanced(byNanoseconds: period)
            guard let last = segments.last else {
                segments.append(ProbeSegment(state: state, start: sample.start, end: end, samples: 1))
                return
            }
            guard sample.start >= last.start else { return }
            let gap = sample.start.nanoseconds(since: last.end) > ProbeFold.gapPeriods * period
            if gap { segments.append(ProbeSegment(state: .unknown, start: last.end, end: sample.start, samples: 0)) }
            if !gap, last.state == state {
                segments[segments.count - 1].end = max(last.end, end)
                segments[segments.count - 1].samples += 1
            } else {
                segments[segments.count - 1].end = gap ? segments[segments.count - 1].end : sample.start
                segments.append(ProbeSegment(state: state, start: sample.start, end: end, samples: 1))
            }
        }
    }

    /// A breakpoint at which the run waits for an answer, and that may be cleared from the page.
    public struct Gate: Sendable, Hashable {
        /// The machine that waits.
        public var machine: String
        /// Which question it is; an answer to another one counts for nothing.
        public var question: String
        /// Why the last answer could not be used; nil if there was none.
        public var complaint: String?

        /// Names a breakpoint.
        public init(machine: String, question: String, complaint: String? = nil) {
            self.machine = machine
            self.question = question
            self.complaint = complaint
        }
    }

    /// The conditions of the run.
    public var conditions: RunMetadata
    /// What the journal says.
    public var state: RunState
    /// The machines, in the order of the topology.
    public var machines: [MachineRecord]
    /// The probes, in the order they were named.
    public var probes: [Probe]
    /// The last lines of the log of the step in flight.
    public var log: [String]
    /// When it was looked at.
    public var now: Timestamp
    /// Where it waits for an answer that the page may give; nil for nowhere.
    public var gate: Gate?
    /// Whether reports are there.
    public var isReported: Bool

    /// Gathers a run.
    public init(
        conditions: RunMetadata, state: RunState, machines: [MachineRecord], probes: [Probe], log: [String], now: Timestamp,
        gate: Gate? = nil,
        isReported: Bool = false
    ) {
        self.conditions = conditions
        self.state = state
        self.machines = machines
        self.probes = probes
        self.log = log
        self.now = now
        self.gate = gate
        self.isReported = isReported
    }

    /// When it began; nil before the first event.
    var start: Timestamp? { state.branch.events.first?.time }
    /// When it ended, or when it was looked at.
    var end: Timestamp { state.end ?? now }

    /// Seconds of the run from its start to an instant, without the time that other branches took.
    func elapsed(_ time: Timestamp) -> Double { start.map { state.branch.excluded.secondsOfBranch(from: $0, to: time) } ?? 0 }
}

extension LiveRun {
    /// How long ago the newest sample was taken, in seconds; nil without samples.
    public var sampleAge: Double? {
        probes.compactMap { $0.segments.last?.end }.max().map { max(0, now.seconds(since: $0)) }
    }
}
