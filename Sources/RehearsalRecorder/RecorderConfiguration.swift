public import RehearsalModel

/// What the recorder's process is told, as JSON.
public struct RecorderConfiguration: Codable, Hashable, Sendable {
    /// How the recorder's threads ask to be scheduled.
    public enum Priority: String, Codable, Sendable, CaseIterable {
        /// `SCHED_FIFO`; where that is not permitted, `nice`.
        case realtime
        /// Nice value -10; where that is not permitted, as it is.
        case nice
        /// As it is.
        case normal
    }

    /// The path of the run's database; read by the command that makes the sink.
    public var database: String
    /// What is asked.
    public var probes: [ProbeSpecification]
    /// How the recorder's threads ask to be scheduled.
    public var priority: Priority
    /// Milliseconds after which finished samples are handed to the sink; what a kill loses at most.
    public var flushMilliseconds: Int
    /// Seconds that attempts in flight are given when the recorder is asked to stop; what is then still open is
    /// recorded as unknown.
    public var drainSeconds: Double

    /// Makes a configuration.
    public init(
        database: String, probes: [ProbeSpecification], priority: Priority = .realtime, flushMilliseconds: Int = 250,
        drainSeconds: Double = 3
    ) {
        self.database = database
        self.probes = probes
        self.priority = priority
        self.flushMilliseconds = flushMilliseconds
        self.drainSeconds = drainSeconds
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        database = try container.decode(String.self, forKey: .database)
        probes = try container.decode([ProbeSpecification].self, forKey: .probes)
        priority = try container.decodeIfPresent(Priority.self, forKey: .priority) ?? .realtime
        flushMilliseconds = try container.decodeIfPresent(Int.self, forKey: .flushMilliseconds) ?? 250
        drainSeconds = try container.decodeIfPresent(Double.self, forKey: .drainSeconds) ?? 3
    }
}
