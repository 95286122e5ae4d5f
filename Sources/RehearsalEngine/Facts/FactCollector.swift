public import RehearsalHistory
import RehearsalHost
public import RehearsalModel
public import RehearsalTestbed

/// Asks machines what they noted while a run went on: their journals, and the logs of dpkg and RabbitMQ.
///
/// It is done when the recorder has ended, so that nothing is asked of a machine while it is measured. A journal is in a machine's memory:
/// what was before it was last started is gone.
public struct FactCollector: Sendable {
    private let hypervisor: any Hypervisor
    private let units: UnitOwners
    private let services: [Service]
    private let members: [Int: String]
    private let slowness: Double

    /// Which writers of the journal are asked for, besides every resource agent of an address.
    private static let writers = ["systemd", "haproxy", "Keepalived_vrrp", "corosync", "pacemaker-controld"]

    /// - Parameters:
    ///   - services: The services of the topology.
    ///   - members: The machine that each of Corosync's numbers stands for.
    ///   - slowness: How many times slower guests run than the host (at least 1).
    public init(hypervisor: any Hypervisor, units: UnitOwners, services: [Service], members: [Int: String], slowness: Double) {
        self.hypervisor = hypervisor
        self.units = units
        self.services = services
        self.members = members
        self.slowness = slowness
    }

    /// What was found, and which machines did not tell, each with the reason.
    public struct Collection: Sendable {
        /// The facts, in order of time.
        public var facts: [Fact]
        /// The machines that did not tell, with the reason.
        public var silent: [Silence]
    }

    /// A machine that did not tell what it noted, and why.
    public struct Silence: Sendable {
        /// The machine.
        public var machine: String
        /// What went wrong.
        public var reason: String
    }

    /// Asks machines, all at the same time.
    ///
    /// - Parameters:
    ///   - start: When the run began; what was noted before is left out.
    ///   - pauses: When all machines stood still, in order.
    public func collect(from machines: [String], since start: Timestamp, pauses: [ExcludedInterval]) async -> Collection {
        await withTaskGroup(of: Answer.self) { group in
            for machine in machines {
                group.addTask {
                    do {
                        return Answer.facts(try await facts(of: machine, pauses: pauses))
                    } catch {
                        return Answer.silence(Silence(machine: machine, reason: error.quoted))
                    }
                }
            }
            var collection = Collection(facts: [], silent: [])
            for await answer in group {
                switch answer {
                case .facts(let facts): collection.facts += facts.filter { $0.time >= start }
                case .silence(let silence): collection.silent.append(silence)
                }
            }
            collection.facts.sort { ($0.time, $0.machine, $0.subject) < ($1.time, $1.machine, $1.subject) }
            collection.silent.sort { $0.machine < $1.machine }
            return collection
        }
    }

    /// What one machine told, or why it did not.
    ///
    /// A tuple in its place, with a result in it, crashed the release build when the task group took it over (Swift 6.3.1).
    private enum Answer: Sendable {
        case facts([Fact])
        case silence(Silence)
    }

    private func facts(of machine: String, pauses: [ExcludedInterval]) async throws -> [Fact] {
        let shell = try await hypervisor.machine(named: machine).shell
        let clock = GuestClock(reading: try await GuestClockReading.take(shell, slowness: slowness), pauses: pauses)
        let bound = 30 + 6 * slowness
        let tags = Self.writers.flatMap { ["-t", $0] }
        let journal = try await shell.execute(
            // The names of the resource agents hold the names of their resources, which journalctl cannot match by a pattern.
            [
                "sh", "-c",
                "journalctl --boot --no-pager --quiet --output=short-monotonic \"$@\" $(journalctl --boot -F SYSLOG_IDENTIFIER "
                    + "| sed -n 's/^IPaddr2(.*/-t &/p')", "facts",
            ] + tags, timeout: bound)
        let log = try await shell.execute(["sh", "-c", "grep ' upgrade ' /var/log/dpkg.log || :"], timeout: bound)
        let broker = try await shell.execute(
            ["sh", "-c", "grep -h -E \"$1\" /var/log/rabbitmq/rabbit@*.log 2> /dev/null || :", "facts", BrokerFactsOfLog.pattern],
            timeout: bound)
        let owners = services
        return JournalFacts(machine: machine, clock: clock, units: units, members: members).facts(in: journal.standardOutput)
            + PackageFactsOfLog(machine: machine, clock: clock) { package in owners.first { $0.owns(package: package) }?.name }
            .facts(in: log.standardOutput)
            + BrokerFactsOfLog(machine: machine, clock: clock).facts(in: broker.standardOutput)
    }
}
