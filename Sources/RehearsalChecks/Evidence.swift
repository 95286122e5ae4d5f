public import RehearsalHistory
public import RehearsalModel

/// All that a run is judged by.
public struct Evidence: Sendable {
    /// A part of the evidence that takes its own time to gather.
    public enum Part: Sendable, CaseIterable {
        /// The journal, and what became of each step.
        case journal
        /// The folded samples.
        case samples
        /// The packages of the machines.
        case packages
        /// What machines noted of their own accord.
        case facts
    }

    /// The packages of a machine before and after the update; empty where they were not listed.
    public struct MachinePackages: Sendable {
        /// The name of the machine.
        public var machine: String
        /// The packages before the update.
        public var before: [PackageVersion]
        /// The packages after the update.
        public var after: [PackageVersion]

        /// Gathers the packages of a machine.
        public init(machine: String, before: [PackageVersion], after: [PackageVersion]) {
            self.machine = machine
            self.before = before
            self.after = after
        }
    }

    /// The parts that were gathered; what belongs to another part is empty.
    public var parts: Set<Part>
    /// Whether nothing was to be changed.
    public var isControl: Bool
    /// What was to be looked for besides what machines say of themselves; empty in a run that was made before there was a choice.
    public var looksFor: [WellKnownCheck]
    /// Whether the run has ended.
    public var hasEnded: Bool
    /// The budgets of the scenario.
    public var expectations: [Expectation]
    /// The names of the run's probes.
    public var probes: [String]
    /// The packages that the candidate channel offers in another version than the installed one.
    public var packageChanges: [PackageChange]
    /// The journal.
    public var events: [Event]
    /// What became of each step.
    public var spans: [StepSpan]
    /// What clients felt, by the name of the probe, for each patience that an expectation names.
    public var clients: [String: [FeltByClient]]
    /// What clients felt in the quiet time before the update, by the name of the probe; empty where there was none.
    public var quiet: [String: [FeltByClient]]
    /// The packages of each machine.
    public var machines: [MachinePackages]
    /// What machines noted of their own accord, in order of time.
    public var facts: [Fact]
    /// The services that each service needs, by name.
    public var serviceNeeds: [String: [String]]

    /// Gathers the evidence.
    ///
    /// - Parameter hasEnded: Nil to let the fold of the journal say.
    public init(
        parts: Set<Part> = Set(Part.allCases), isControl: Bool = false, looksFor: [WellKnownCheck] = [],
        hasEnded: Bool? = nil, expectations: [Expectation] = [],
        probes: [String] = [],
        packageChanges: [PackageChange] = [], events: [Event] = [], spans: [StepSpan] = [], clients: [String: [FeltByClient]] = [:],
        quiet: [String: [FeltByClient]] = [:],
        machines: [MachinePackages] = [], facts: [Fact] = [], serviceNeeds: [String: [String]] = [:]
    ) {
        self.parts = parts
        self.isControl = isControl
        self.looksFor = looksFor
        self.hasEnded = hasEnded ?? (RunState(journal: events).end != nil)
        self.expectations = expectations
        self.probes = probes
        self.packageChanges = packageChanges
        self.events = events
        self.spans = spans
        self.clients = clients
        self.quiet = quiet
        self.machines = machines
        self.facts = facts
        self.serviceNeeds = serviceNeeds
    }

    /// Whether endpoints were recorded without a testbed, so that there is no plan.
    var isRecording: Bool {
        spans.isEmpty && events.contains { $0.kind == .recorderStarted } && !events.contains { $0.kind == .planned }
    }

    /// What a client of a patience felt of a probe's target; nil where that was not folded.
    func client(of probe: String, patience: Double) -> FeltByClient? {
        clients[probe]?.client(patience: patience)
    }

    /// Why a budget cannot be measured with a patience: the quiet time breaks it by itself, so that what came later proves nothing.
    func obstacle(of probe: String, patience: Double, broken: (FeltByClient) -> Bool) -> Judgement? {
        guard let clients = quiet[probe], let client = clients.client(patience: patience), broken(client) else { return nil }
        return .unknown(
            "the quiet time before the update shows the same, so that it cannot be measured here"
                + (clients.shortestUndisturbedPatience.map { "; a patience of \(DurationText.number($0)) s can" } ?? ""))
    }
}
