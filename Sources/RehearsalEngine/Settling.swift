import RehearsalHistory
import RehearsalModel
import RehearsalStore

/// Which probes answer again as they did before all machines stood still.
struct Settling {
    /// How long before the pause counts as "before", in seconds.
    private static let memorySeconds = 30.0
    /// Answers that are so soon are as before in any case, in nanoseconds.
    private static let soon = Patience.shortestNanoseconds

    /// What an answer may take, by probe, in nanoseconds: twice what 90 of 100 took before.
    private let limits: [String: Int64]
    private let since: Timestamp

    /// Reads how the probes of a run answered before a pause.
    init(of store: RunStore, after pause: Event.Pause) throws {
        since = pause.end
        var limits: [String: Int64] = [:]
        for probe in try store.probes() {
            let before = try store.samples(
                probe: probe.name, from: pause.start.advanced(bySeconds: -Self.memorySeconds), until: pause.start)
            let latencies = before.filter { $0.outcome == .ok }.map(\.latencyNanoseconds).sorted()
            // Of what did not answer before nothing is expected now.
            guard !latencies.isEmpty, before.last?.outcome == .ok else { continue }
            limits[probe.name] = max(Self.soon, 2 * latencies[min(latencies.count - 1, latencies.count * 9 / 10)])
        }
        self.limits = limits
    }

    /// The probes that are waited for.
    var probes: [String] { limits.keys.sorted() }

    /// Whether the newest attempt of a probe since the pause that has ended was answered as soon as before.
    func hasSettled(_ probe: String, in store: RunStore) throws -> Bool {
        guard let limit = limits[probe], let last = try store.samples(probe: probe, from: since).last else { return false }
        return last.outcome == .ok && last.latencyNanoseconds <= limit
    }
}
