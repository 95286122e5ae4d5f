import Foundation
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalStore
public import RehearsalTestbed

/// What one service of a machine says about itself.
public struct ServiceReadiness: Sendable, Equatable {
    /// How it is.
    public enum State: Sendable, Equatable {
        /// It serves; the text says what was seen.
        case ready(String)
        /// It does not serve yet; the text says why.
        case waiting(String)
        /// It cannot serve, and waiting does not help; the text says why.
        case broken(String)
        /// It was not looked at, because another service of its machine is not ready.
        case behind(String)
    }

    /// The machine's name.
    public let machine: String
    /// The service's name.
    public let service: String
    /// How it is.
    public let state: State

    /// Whether it serves.
    public var isReady: Bool {
        if case .ready = state { true } else { false }
    }

    /// What there is to say about it; "behind NAME" if it was not looked at.
    public var detail: String {
        switch state {
        case .ready(let text), .waiting(let text), .broken(let text): text
        case .behind(let other): "behind \(other)"
        }
    }

    var isBroken: Bool {
        if case .broken = state { true } else { false }
    }

    private var isBehind: Bool {
        if case .behind = state { true } else { false }
    }

    /// What is awaited first, grouped by service: "galera on 3 machines, vip on controller-0".
    public static func summary(_ waiting: [ServiceReadiness]) -> String {
        let first = waiting.filter { !$0.isBehind }
        return Dictionary(grouping: first.isEmpty ? waiting : first, by: \.service).sorted { $0.key < $1.key }.map { service, entries in
            entries.count == 1 ? "\(service) on \(entries[0].machine)" : "\(service) on \(entries.count) machines"
        }.joined(separator: ", ")
    }

    /// Reads what a machine's `/usr/lib/rehearsal/ready` prints: lines `SERVICE ok DETAIL`, `SERVICE wait DETAIL`, `SERVICE broken DETAIL`,
    /// `SERVICE behind OTHER`.
    static func parse(_ text: String, machine: String) -> [ServiceReadiness] {
        text.split(separator: "\n").compactMap { line in
            let words = String(line).printable.split(separator: " ", maxSplits: 2).map(String.init)
            guard words.count >= 2 else { return nil }
            let detail = words.count > 2 ? words[2] : ""
            let state: State
            switch words[1] {
            case "ok": state = .ready(detail)
            case "wait": state = .waiting(detail)
            case "broken": state = .broken(detail)
            case "behind": state = .behind(detail)
            default: return nil
            }
            return ServiceReadiness(machine: machine, service: words[0], state: state)
        }
    }
}

/// Proves that every machine and every service of a testbed is what users need it to be.
///
/// A machine proves itself from inside (quorum, Galera's size and state, RabbitMQ's members, HAProxy's backends, routers; one
/// `ready.sh` per service); the recorder proves from outside that every probe has just been answered.
public struct Readiness: Sendable {
    let hypervisor: any Hypervisor
    let machines: [String]
    let slowness: Double

    /// Makes a proof.
    ///
    /// - Parameters:
    ///   - hypervisor: The machines of the testbed.
    ///   - machines: The names of those that are asked.
    ///   - slowness: How many times slower guests run than the host (at least 1).
    public init(hypervisor: any Hypervisor, machines: [String], slowness: Double) {
        self.hypervisor = hypervisor
        self.machines = machines
        self.slowness = slowness
    }

    /// How long a machine may take to answer how its services are, in seconds, where it is not known how slow guests are.
    public static let patientAnswerSeconds = 86.0

    /// What says how a machine's services are.
    static let program = ["/usr/bin/nice", "-n", "19", "/usr/lib/rehearsal/ready"]

    /// Asks every machine once how its services are.
    ///
    /// What looks at them gives way to their services, and few are asked at the same time (``InTurn``).
    ///
    /// - Parameters:
    ///   - machines: Their names.
    ///   - timeout: How long each of them may take, in seconds of this host.
    ///   - turn: How long one that does not answer keeps the next from being asked, in seconds.
    /// - Returns: What each service says, sorted by machine and service; a machine that does not answer is not ready.
    /// - Throws: `TestbedError` with code `gone` when there is nobody left to ask.
    public static func ask(
        _ machines: [String], of hypervisor: any Hypervisor, timeout: Double = patientAnswerSeconds,
        turn: Double = patientTurnSeconds
    ) async throws -> [ServiceReadiness] {
        let answers = try await InTurn.ask(machines, turn: turn) { try await ask($0, of: hypervisor, timeout: timeout) }
        return answers.flatMap(\.self).sorted { ($0.machine, $0.service) < ($1.machine, $1.service) }
    }

    /// How long one machine that does not answer keeps the next from being asked, in seconds.
    public static let patientTurnSeconds = 30.0

    private static func ask(_ name: String, of hypervisor: any Hypervisor, timeout: Double) async throws -> [ServiceReadiness] {
        do {
            let shell = try await hypervisor.machine(named: name).shell
            let result = try await shell.execute(program, timeout: timeout)
            let services = ServiceReadiness.parse(result.standardOutput, machine: name)
            if !result.isSuccess, services.allSatisfy(\.isReady) {
                let why = result.standardError.split(separator: "\n").last.map(String.init) ?? "status \(result.status)"
                return services + [ServiceReadiness(machine: name, service: "ready", state: .waiting(why))]
            }
            return services
        } catch let error as TestbedError where error.code == .gone {
            throw error
        } catch {
            return [ServiceReadiness(machine: name, service: "guest agent", state: .waiting(error.quoted))]
        }
    }

    /// What is not ready now.
    func waiting() async throws -> [ServiceReadiness] { try await waiting(machines) }

    private func waiting(_ machines: [String]) async throws -> [ServiceReadiness] {
        try await Self.ask(machines, of: hypervisor, timeout: 20 + 6 * slowness).filter { !$0.isReady }
    }

    /// Waits until everything is ready at one time.
    ///
    /// Machines that were not ready are asked again; when the last of them is, and the first answer is older than
    /// 10 s × slowness / 11, all are asked once more, so that the proof holds for one moment.
    ///
    /// - Parameters:
    ///   - boundSeconds: The bound, in seconds of this host.
    ///   - changed: Called with what is still awaited whenever that changes.
    /// - Returns: What was not ready when the time ran out, or when something was found that waiting does not mend; empty is proof.
    public func prove(
        boundSeconds: Double, changed: @Sendable ([ServiceReadiness]) async throws -> Void = { _ in }
    ) async throws -> [ServiceReadiness] {
        let start = HostClock.now()
        var pending = machines
        var oldest = start
        var last: [ServiceReadiness] = []
        while true {
            if pending.count == machines.count { oldest = HostClock.now() }
            let waiting = try await self.waiting(pending)
            if waiting != last {
                last = waiting
                try await changed(waiting)
            }
            let now = HostClock.now()
            if waiting.isEmpty {
                if now.seconds(since: oldest) < max(3, 10 * slowness / 11) || pending.count == machines.count { return [] }
                pending = machines
                continue
            }
            if now.seconds(since: start) > boundSeconds || waiting.contains(where: \.isBroken) { return waiting }
            let names = Set(waiting.map(\.machine))
            pending = machines.filter(names.contains)
            // Asking costs a machine that has least to spare some 4 s of its time where it is emulated.
            try await pause(seconds: min(15, max(1, slowness)))
        }
    }

    /// A probe that is not answered well.
    struct FailingProbe {
        let name: String
        /// What became of its newest attempt; nil if none has ended.
        let outcome: SampleOutcome?

        var summary: String { "\(name) (\(outcome?.rawValue ?? "no answer"))" }
    }

    /// The probes whose newest sample since `time` is not a good one.
    static func failingProbes(in store: RunStore, since time: Timestamp) throws -> [FailingProbe] {
        try store.probes().compactMap { probe in
            let newest = try store.samples(probe: probe.name, from: time).last
            return newest?.outcome == .ok ? nil : FailingProbe(name: probe.name, outcome: newest?.outcome)
        }
    }
}
