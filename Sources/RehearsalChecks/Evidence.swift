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
    /// The folded samples, for each probe and each patience that an expectation names.
    public var folded: [FoldedProbe]
    /// The packages of each machine.
    public var machines: [MachinePackages]

    /// Gathers the evidence.
    public init(
        parts: Set<Part> = Set(Part.allCases), expectations: [Expectation] = [], probes: [String] = [],
        packageChanges: [PackageChange] = [], events: [Event] = [], spans: [StepSpan] = [], folded: [FoldedProbe] = [],
        machines: [MachinePackages] = []
    ) {
        self.parts = parts
        self.expectations = expectations
        self.probes = probes
        self.packageChanges = packageChanges
        self.events = events
        self.spans = spans
        self.folded = folded
        self.machines = machines
    }
}
