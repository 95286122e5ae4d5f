import RehearsalHistory
import RehearsalModel

/// Turns lines of `/var/log/dpkg.log` into facts: `2026-11-28 00:12:44 upgrade haproxy:amd64 2.6.12-1 2.6.12-1+deb12u4`.
struct PackageFactsOfLog {
    let machine: String
    let clock: GuestClock
    /// The service that a package belongs to.
    let owner: @Sendable (String) -> String?

    func facts(in log: String) -> [Fact] {
        log.split(separator: "\n").compactMap { line in
            guard let match = line.firstMatch(of: #/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) upgrade ([^:\s]+)\S* (\S+) (\S+)$/#),
                let time = Timestamp(iso8601: "\(match.1)T\(match.2).000Z")
            else { return nil }
            let package = String(match.3)
            return Fact(
                time: clock.time(ofWall: time), machine: machine, source: .dpkg, service: owner(package), subject: package,
                change: .changed,
                text: "went from \(match.4) to \(match.5)")
        }
    }
}

/// Turns lines of RabbitMQ's own log into facts: what a broker noted of the others.
///
/// `2026-11-28 16:22:01.123456+00:00 [info] <0.388.0> rabbit on node 'rabbit@controller-2' down`
///
/// The words are those of RabbitMQ 3.10's `rabbit_node_monitor`, of Erlang's `net_kernel` and of Mnesia.
struct BrokerFactsOfLog {
    let machine: String
    let clock: GuestClock

    /// What lines hold that are facts, as `grep -E` has it.
    static let pattern = #"rabbit on node|node \S+ down:|not responding|running_partitioned_network"#

    func facts(in log: String) -> [Fact] {
        log.split(separator: "\n").compactMap { line in
            guard let match = line.firstMatch(of: #/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3})\d*\+00:00 \[\w+\] <[0-9.]+> (.*)$/#),
                let time = Timestamp(iso8601: "\(match.1)T\(match.2)Z"), let (broker, change, text) = told(match.3)
            else { return nil }
            return Fact(
                time: clock.time(ofWall: time), machine: machine, source: .rabbitmq, service: WellKnownService.messages, subject: broker,
                change: change, text: text)
        }
    }

    /// Which machine's broker a line speaks of, and what became of it.
    private func told(_ text: Substring) -> (String, Fact.Change, String)? {
        if let match = text.firstMatch(of: #/^rabbit on node '?rabbit@([^'\s]+)'? (up|down)/#) {
            return (String(match.1), match.2 == "up" ? .gained : .lost, match.2 == "up" ? "is a member of the brokers" : "left the brokers")
        }
        if let match = text.firstMatch(of: #/^node '?rabbit@([^'\s]+)'? down: (\S+)/#) {
            return (String(match.1), .lost, "cannot be reached by another broker (\(match.2))")
        }
        if let match = text.firstMatch(of: #/Node '?rabbit@([^'\s]+)'? not responding/#) {
            return (String(match.1), .lost, "does not respond to another broker")
        }
        if let match = text.firstMatch(of: #/running_partitioned_network, ?'?rabbit@([^'}\s]+)/#) {
            return (String(match.1), .lost, "is in another partition of the brokers")
        }
        return nil
    }
}
