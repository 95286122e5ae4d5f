import RehearsalHistory
import RehearsalModel

/// Turns lines of a machine's systemd journal, as `journalctl --output=short-monotonic` prints them, into facts.
///
/// A line that is not understood is no fact. Guests are untrusted: nothing here can fail.
struct JournalFacts {
    /// A line of the journal: `[  146.598895] controller-0 haproxy[370]: Server keystone/controller-2 is DOWN, reason: …`.
    struct Line: Equatable {
        /// Seconds of the guest's monotonic clock.
        var uptime: Double
        /// Who wrote it, without the number of its process.
        var writer: String
        /// What it wrote.
        var text: Substring

        init?(_ line: Substring) {
            guard let match = line.firstMatch(of: #/^\[ *(\d+\.\d+)\] \S+ ([^\[:]+)(?:\[\d+\])?: (.*)$/#), let uptime = Double(match.1)
            else {
                return nil
            }
            (self.uptime, writer, text) = (uptime, String(match.2), match.3)
        }
    }

    /// The machine.
    let machine: String
    /// When a reading of the guest's monotonic clock was, on the run's clock.
    let clock: GuestClock
    /// The service that each unit belongs to.
    let units: UnitOwners
    /// The machine that each of Corosync's numbers stands for: `nodeid` of `corosync.conf`, which is the machine's own number.
    let members: [Int: String]

    /// The facts in a journal, in its order.
    func facts(in journal: String) -> [Fact] {
        journal.split(separator: "\n").flatMap { Line($0).map(facts) ?? [] }
    }

    private func facts(_ line: Line) -> [Fact] {
        line.writer == "corosync" ? corosync(line) : [fact(line)].compactMap { $0 }
    }

    private func fact(_ line: Line) -> Fact? {
        switch line.writer {
        case "systemd": systemd(line)
        case "pacemaker-controld": pacemaker(line)
        case "haproxy": haproxy(line)
        case "Keepalived_vrrp": keepalived(line)
        default: line.writer.hasPrefix("IPaddr2(") ? address(line) : nil
        }
    }

    private func fact(
        _ line: Line, _ source: Fact.Source, service: String?, _ subject: some StringProtocol, _ change: Fact.Change, _ text: String
    ) -> Fact {
        Fact(
            time: clock.time(ofUptime: line.uptime), machine: machine, source: source, service: service, subject: String(subject),
            change: change, text: text)
    }

    /// `Stopping haproxy.service - HAProxy Load Balancer...`, `haproxy.service: Main process exited, code=killed, status=9/KILL`.
    private func systemd(_ line: Line) -> Fact? {
        if let match = line.text.firstMatch(of: #/^(Started|Stopping|Stopped) (\S+\.service)/#), let service = units.service(of: match.2) {
            return match.1 == "Started"
                ? fact(line, .systemd, service: service, match.2, .gained, "started")
                : fact(line, .systemd, service: service, match.2, .lost, match.1 == "Stopping" ? "was told to stop" : "stopped")
        }
        if let match = line.text.firstMatch(of: #/^(\S+\.service): Main process exited, code=(\w+), status=(\S+)/#),
            let service = units.service(of: match.1)
        {
            return fact(line, .systemd, service: service, match.1, .lost, "died (\(match.2), \(match.3))")
        }
        if let match = line.text.firstMatch(of: #/^(\S+\.service): State 'stop-\S+' timed out/#), let service = units.service(of: match.1) {
            return fact(line, .systemd, service: service, match.1, .overdue, "did not stop in time")
        }
        return nil
    }

    /// `Result of stop operation for keystone on controller-0: Timed Out after 20s (Resource agent did not exit within specified timeout)`.
    /// A resource that has the name of a service belongs to it.
    private func pacemaker(_ line: Line) -> Fact? {
        guard let match = line.text.firstMatch(of: #/Result of stop operation for (\S+) on \S+: (?i:timed out)(?: after (\d+m?s))?/#)
        else { return nil }
        let resource = match.1.prefix { $0 != ":" }
        return fact(
            line, .pacemaker, service: units.service(of: "\(resource).service"), resource, .overdue,
            "did not stop \(match.2.map { "within \($0)" } ?? "in time")")
    }

    /// `Server galera/controller-0 is DOWN, reason: Layer7 wrong status, …`; the name of a backend is that of its service.
    private func haproxy(_ line: Line) -> Fact? {
        if let match = line.text.firstMatch(of: #/Server (([^\/\s]+)\/\S+) (is (?:DOWN(?:, reason: [^,.]*)?|going DOWN[^,.]*|stopping))/#) {
            return fact(line, .haproxy, service: String(match.2), match.1, .lost, String(match.3))
        }
        if let match = line.text.firstMatch(of: #/Server (([^\/\s]+)\/\S+) is UP/#) {
            return fact(line, .haproxy, service: String(match.2), match.1, .gained, "is UP")
        }
        if let match = line.text.firstMatch(of: #/proxy '?([^'\s]+)'? has no server available/#) {
            return fact(line, .haproxy, service: String(match.1), match.1, .lost, "has no server")
        }
        return nil
    }

    /// `(VR_1) Entering MASTER STATE`; one that ends says `(VR_1) sent 0 priority` if it was the master. A start is no loss.
    private func keepalived(_ line: Line) -> Fact? {
        if let match = line.text.firstMatch(of: #/^\((\S+)\) sent 0 priority/#) {
            return fact(line, .keepalived, service: WellKnownService.router, match.1, .lost, "was given up")
        }
        guard let match = line.text.firstMatch(of: #/^\((\S+)\) Entering (MASTER|BACKUP|FAULT) STATE(?! \(init\))/#) else { return nil }
        return fact(
            line, .keepalived, service: WellKnownService.router, match.1, match.2 == "MASTER" ? .gained : .lost, "became \(match.2)")
    }

    /// `INFO: Adding inet address 203.0.113.10/32 to device eth2`; when the agent stops, it says what it looks like before.
    private func address(_ line: Line) -> Fact? {
        let resource = line.writer.dropFirst("IPaddr2(".count).prefix { $0 != ")" }
        if let match = line.text.firstMatch(of: #/Adding inet address ([0-9.]+)/#) {
            return fact(line, .address, service: WellKnownService.virtualAddresses, resource, .gained, "(\(match.1)) was taken")
        }
        return line.text.contains("IP status = ok")
            ? fact(line, .address, service: WellKnownService.virtualAddresses, resource, .lost, "was given up") : nil
    }

    /// `[TOTEM ] A new membership (2.15) was formed. Members joined: 1 left: 3`.
    private func corosync(_ line: Line) -> [Fact] {
        guard let match = line.text.firstMatch(of: #/A new membership \S+ was formed\. Members (.*)$/#) else { return [] }
        return match.1.matches(of: #/(joined|left): ([0-9 ]+)/#).flatMap { change in
            change.2.split(separator: " ").compactMap { Int($0).flatMap { members[$0] } }.map { member in
                fact(
                    line, .corosync, service: WellKnownService.cluster, member, change.1 == "left" ? .lost : .gained,
                    change.1 == "left" ? "left the cluster" : "joined the cluster")
            }
        }
    }
}
