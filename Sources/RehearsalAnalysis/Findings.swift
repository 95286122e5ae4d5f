public import RehearsalHistory
public import RehearsalModel

/// A machine and what the update changed on it.
public struct MachineFinding: Sendable, Hashable {
    /// The machine.
    public var record: MachineRecord
    /// Whether its packages were listed both before and after the update.
    public var packagesAreKnown: Bool
    /// The packages whose version differs.
    public var changes: [PackageChange]
    /// How often each service was started while the run went on, by name; without facts none.
    public var starts: [String: Int]
}

/// A probe and what it found.
public struct ProbeFinding: Sendable, Hashable {
    /// The probe, without its settings.
    public var specification: ProbeSpecification
    /// How many samples the history holds.
    public var samples: Int
    /// The distance in seconds that 99 of 100 neighbouring samples do not exceed; nil with fewer than two samples.
    public var resolutionSeconds: Double?
    /// How much more often the probe asked than its target could answer; nil if it could.
    public var strain: Strain?
    /// What clients felt, one for each patience, in order of patience; outages are attributed.
    public var clients: [FeltByClient]

    /// What clients felt in the quiet time before the update, in the same order; empty if there was none.
    public var quiet: [FeltByClient]

    /// The shortest patience at which the quiet time shows neither failures nor slow answers, nor any that the host can have delayed, in
    /// seconds. What a client of less patience felt later says more about this host than about the update. Nil if there is no such
    /// patience, or no quiet time.
    public var measurablePatienceSeconds: Double? { quiet.shortestUndisturbedPatience }

    /// What a client of a patience felt.
    public func client(patience: Double) -> FeltByClient? { clients.client(patience: patience) }

    static func resolution(_ samples: [Sample]) -> Double? {
        guard samples.count > 1 else { return nil }
        let distances = zip(samples, samples.dropFirst())
            .map { $1.start.nanoseconds(since: $0.start) }.sorted()
        return Double(distances[min(distances.count - 1, distances.count * 99 / 100)]) / 1e9
    }
}

extension [Outage] {
    /// The outage that was longest for certain; among equals the one that may have been longest, then the first.
    public var worst: Outage? {
        self.min { ($1.loSeconds, $1.hiSeconds, $0.start) < ($0.loSeconds, $0.hiSeconds, $1.start) }
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

    static func all(_ branches: ArraySlice<Branch>, journal: [Event]) -> [LeftBranch] {
        branches.enumerated().compactMap { index, branch in
            guard let last = branch.events.last,
                let back = journal.first(where: { $0.kind == .rewound && $0.sequence > last.sequence })
            else { return nil }
            let state = RunState(journal: branch.events)
            let note =
                state.lastFailure.map { "step \($0.step?.rawValue ?? "") \($0.outcome?.rawValue ?? ""): \($0.text)" }
                ?? state.inFlight.max { $0.since < $1.since }.map { "in the middle of \($0.step.id) \($0.step.name)" }
                ?? last.text
            return LeftBranch(number: index + 1, step: back.step, time: last.time, note: note)
        }
    }
}
