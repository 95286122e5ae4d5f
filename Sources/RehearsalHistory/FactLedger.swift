import RehearsalModel

/// The facts of a run, and which of them can explain that a probe's target failed.
///
/// A fact can explain it if it is about the service behind the probe, or about one that this service needs, however indirectly. The
/// fewer needs lie between, the more it explains: the service itself, then what it needs, such as the front door, then what that needs,
/// such as the address.
public struct FactLedger: Sendable {
    /// For how many seconds before the first attempt that failed a loss can be its cause: longer than the checks that find one.
    public static let leadSeconds = 5.0
    /// How far the clock of a machine may be off, in seconds; see ``Fact/time``.
    public static let clockSeconds = 0.5
    /// How many losses are named as evidence of one outage.
    static let mostNamed = 3

    /// The facts, in order of time.
    public let facts: [Fact]
    private let needs: [String: [String]]

    /// Nothing is known.
    public static let empty = FactLedger(facts: [], needs: [:])

    /// Prepares the facts of a run.
    ///
    /// - Parameter needs: The services that each service needs, by name.
    public init(facts: [Fact], needs: [String: [String]]) {
        self.facts = facts.sorted { ($0.time, $0.machine, $0.subject) < ($1.time, $1.machine, $1.subject) }
        self.needs = needs
    }

    /// Whether a service is another one, or needs it, however indirectly.
    public func needs(_ service: String, _ other: String) -> Bool { distances(from: service)[other] != nil }

    /// How many needs lie between a service and every service that it needs, however indirectly; 0 for itself.
    func distances(from service: String) -> [String: Int] {
        var distances = [service: 0]
        var edge = [service]
        while !edge.isEmpty {
            let next = edge.flatMap { from in (needs[from] ?? []).map { (name: $0, distance: distances[from, default: 0] + 1) } }
            edge = []
            for (name, distance) in next where distances[name] == nil {
                distances[name] = distance
                edge.append(name)
            }
        }
        return distances
    }

    /// The losses that can have made an outage begin, the one that explains most first.
    public func causes(of outage: Outage, service: String?) -> [Fact] {
        guard let service, !facts.isEmpty else { return [] }
        let distances = distances(from: service)
        let first = outage.start.advanced(bySeconds: -Self.leadSeconds - Self.clockSeconds)
        let last = outage.faultBy.advanced(bySeconds: Self.clockSeconds)
        return
            facts
            .filter { $0.change == .lost && first <= $0.time && $0.time <= last && $0.service.flatMap { distances[$0] } != nil }
            .sorted { left, right in
                func rank(_ fact: Fact) -> Int { fact.service.flatMap { distances[$0] } ?? .max }
                // Among equals the last one before the failure: what was lost earlier was borne until then.
                return (rank(left), right.time, left.machine) < (rank(right), left.time, right.machine)
            }
    }

    /// What explains an outage: the losses that explain most, in order of time, and what came back when it ended.
    public func evidence(of outage: Outage, causes: [Fact]) -> [Fact] {
        var seen: Set<String> = []
        let losses = causes.filter { seen.insert($0.subject + " " + ($0.place ?? "")).inserted }.prefix(Self.mostNamed)
        guard let main = losses.first else { return [] }
        let last = (outage.end ?? outage.lastFailure).advanced(bySeconds: Self.clockSeconds)
        let back = facts.first {
            $0.change == .gained && $0.subject == main.subject && $0.source == main.source && main.time < $0.time && $0.time <= last
                && ($0.machine == main.machine || [.address, .keepalived].contains($0.source))
        }
        return losses.sorted { $0.time < $1.time } + [back].compactMap { $0 }
    }
}
