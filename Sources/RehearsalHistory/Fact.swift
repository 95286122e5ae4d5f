public import RehearsalModel

/// Something that a machine noted of its own accord while the run went on: a unit that stopped, a server that HAProxy gave up, an address
/// that was taken.
///
/// Facts are evidence: they say what happened to the parts that an answer passes through, on which machine and when, whatever step of the
/// plan was in flight.
public struct Fact: Codable, Hashable, Sendable {
    /// Who noted it.
    public enum Source: String, Codable, Sendable, CaseIterable {
        /// systemd: units that start, stop, or die.
        case systemd
        /// Pacemaker: operations that took longer than they may.
        case pacemaker
        /// HAProxy: servers that its checks find or give up.
        case haproxy
        /// keepalived: the state of the HA router.
        case keepalived
        /// The resource agent of a virtual address (`ocf:heartbeat:IPaddr2`).
        case address
        /// Corosync: members that join or leave.
        case corosync
        /// RabbitMQ's own log: brokers that another broker finds or loses.
        case rabbitmq
        /// dpkg: packages that it changes.
        case dpkg
    }

    /// What it did to its subject.
    public enum Change: String, Codable, Sendable, CaseIterable {
        /// The subject went away: stopped, died, was given up.
        case lost
        /// The subject came: started, was found, was taken.
        case gained
        /// The subject is another one than before.
        case changed
        /// The subject was told to stop, and whoever told it gave up waiting.
        case overdue
    }

    /// When, on the run's clock.
    public var time: Timestamp
    /// The machine that noted it.
    public var machine: String
    /// Who noted it.
    public var source: Source
    /// The service that the subject belongs to; nil if it is not known.
    public var service: String?
    /// What it happened to: a unit, "BACKEND/SERVER" of HAProxy, a resource of the cluster, a machine, a package.
    public var subject: String
    /// What it did to its subject.
    public var change: Change
    /// What was noted, in a few words behind the subject: "stopped", "is DOWN".
    public var text: String

    /// Makes a fact.
    public init(
        time: Timestamp, machine: String, source: Source, service: String?, subject: String, change: Change, text: String
    ) {
        self.time = time
        self.machine = machine
        self.source = source
        self.service = service
        self.subject = subject
        self.change = change
        self.text = text
    }

    /// Where it happened; nil if that is not said. HAProxy notes what became of servers on other machines (`BACKEND/MACHINE`), Corosync
    /// and RabbitMQ which of the others came or went. (In runs recorded before 28 November 2026 that subject is `membership`.)
    public var place: String? {
        switch source {
        case .haproxy: subject.split(separator: "/").dropFirst().first.map(String.init)
        case .corosync: subject == "membership" ? nil : subject
        case .rabbitmq: subject
        case .systemd, .pacemaker, .keepalived, .address, .dpkg: machine
        }
    }

    /// The subject, what happened to it, and where, or who noted it: "haproxy.service stopped on controller-1", "controller-1 left the
    /// cluster, noted by controller-0".
    public var summary: String { "\(subject) \(text)\(place == machine ? " on" : ", noted by") \(machine)" }
}
