public import RehearsalModel

/// What the recorder asks and how, as JSON in the file that its process reads.
public struct RecorderConfiguration: Codable, Hashable, Sendable {
    /// How the recorder's threads ask to be scheduled.
    public enum Priority: String, Codable, Sendable, CaseIterable {
        /// `SCHED_FIFO`; where that is not permitted, `nice`.
        case realtime
        /// Nice value -10; where that is not permitted, the scheduling that the process has.
        case nice
        /// The scheduling that the process has.
        case normal
    }

    /// The path of the directory of the run to record into; nil for none yet. With one, the host and the machines' QEMUs are watched, too.
    public var run: String?
    /// The probes that are asked.
    public var probes: [ProbeSpecification]
    /// How the recorder's threads ask to be scheduled.
    public var priority: Priority
    /// Milliseconds after which finished samples are handed to the sink; a kill loses no older ones.
    public var flushMilliseconds: Int
    /// Seconds that attempts in flight get when the recorder is asked to stop; an attempt that is open after that is recorded as
    /// unknown.
    public var drainSeconds: Double

    /// Makes a configuration.
    public init(
        run: String?, probes: [ProbeSpecification], priority: Priority = .realtime, flushMilliseconds: Int = 250,
        drainSeconds: Double = 3
    ) {
        self.run = run
        self.probes = probes
        self.priority = priority
        self.flushMilliseconds = flushMilliseconds
        self.drainSeconds = drainSeconds
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        run = try container.decodeIfPresent(String.self, forKey: .run)
        probes = try container.decode([ProbeSpecification].self, forKey: .probes)
        priority = try container.decodeIfPresent(Priority.self, forKey: .priority) ?? .realtime
        flushMilliseconds = try container.decodeIfPresent(Int.self, forKey: .flushMilliseconds) ?? 250
        drainSeconds = try container.decodeIfPresent(Double.self, forKey: .drainSeconds) ?? 3
    }
}
