public import Foundation
import RehearsalChecks
public import RehearsalHistory
import RehearsalModel
public import RehearsalStore

/// The report of a run as data: the contents of `report.json`.
///
/// Times are UTC in ISO 8601 with milliseconds, durations are seconds rounded to milliseconds.
public struct RunReport: Codable, Sendable, Hashable {
    /// A judged check.
    public struct Check: Codable, Sendable, Hashable {
        /// The name.
        public var name: String
        /// The part of the run it belongs to.
        public var group: String
        /// The judgement.
        public var verdict: Verdict
        /// Why, in one line.
        public var message: String
    }

    /// A step of the plan, or a sub-step that a procedure reported.
    public struct Step: Codable, Sendable, Hashable {
        /// The place in the numbered tree, such as `3.1`.
        public var id: String
        /// The step it is part of.
        public var parent: String?
        /// The name.
        public var name: String
        /// The machine it worked on.
        public var machine: String?
        /// The kind.
        public var kind: String
        /// When it first started; nil when it never did.
        public var start: String?
        /// When it last ended; nil when it did not.
        public var end: String?
        /// `ok`, `failed`, `skipped`, `unfinished`, `not-started` or another word from the journal.
        public var outcome: String
        /// What the journal says about the end.
        public var note: String
        /// How often it was started.
        public var attempts: Int

        /// Encodes every key, absent values as null.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(id, forKey: .id)
            try container.encode(parent, forKey: .parent)
            try container.encode(name, forKey: .name)
            try container.encode(machine, forKey: .machine)
            try container.encode(kind, forKey: .kind)
            try container.encode(start, forKey: .start)
            try container.encode(end, forKey: .end)
            try container.encode(outcome, forKey: .outcome)
            try container.encode(note, forKey: .note)
            try container.encode(attempts, forKey: .attempts)
        }
    }

    /// A package whose version the update changed.
    public struct Package: Codable, Sendable, Hashable {
        /// The name.
        public var name: String
        /// The version before; nil when it was not installed.
        public var from: String?
        /// The version after; nil when it was removed.
        public var to: String?

        /// Encodes every key, absent values as null.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(from, forKey: .from)
            try container.encode(to, forKey: .to)
        }
    }

    /// An outage for a client of one patience.
    public struct Outage: Codable, Sendable, Hashable {
        /// The name of the probe.
        public var probe: String
        /// How long the client waits for an answer.
        public var patienceSeconds: Double
        /// The least length.
        public var loSeconds: Double
        /// The greatest length.
        public var hiSeconds: Double
        /// When it began.
        public var start: String
        /// When the first good attempt afterwards started; nil when none was seen.
        public var end: String?
        /// The steps in flight, first cause first.
        public var steps: [String]
        /// The name of the first cause.
        public var cause: String?
        /// The machine of the first cause.
        public var machine: String?
        /// The packages whose change the first cause accounts for.
        public var packages: [Package]
        /// How the first failing attempt ended; `slow` when it was answered too late.
        public var firstOutcome: String
        /// How many attempts failed.
        public var failures: Int
        /// Whether it borders on time in which the recorder cannot tell.
        public var touchesUnknown: Bool

        enum CodingKeys: String, CodingKey {
            case probe, start, end, steps, cause, machine, packages, failures
            case patienceSeconds = "patience_s"
            case loSeconds = "lo_s"
            case hiSeconds = "hi_s"
            case firstOutcome = "first_outcome"
            case touchesUnknown = "touches_unknown"
        }

        /// Encodes every key, absent values as null.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(probe, forKey: .probe)
            try container.encode(patienceSeconds, forKey: .patienceSeconds)
            try container.encode(loSeconds, forKey: .loSeconds)
            try container.encode(hiSeconds, forKey: .hiSeconds)
            try container.encode(start, forKey: .start)
            try container.encode(end, forKey: .end)
            try container.encode(steps, forKey: .steps)
            try container.encode(cause, forKey: .cause)
            try container.encode(machine, forKey: .machine)
            try container.encode(packages, forKey: .packages)
            try container.encode(firstOutcome, forKey: .firstOutcome)
            try container.encode(failures, forKey: .failures)
            try container.encode(touchesUnknown, forKey: .touchesUnknown)
        }
    }

    /// A span in which the recorder cannot tell.
    public struct Unknown: Codable, Sendable, Hashable {
        /// The name of the probe.
        public var probe: String
        /// When it began.
        public var start: String
        /// When it ended, as far as the history goes.
        public var end: String
        /// The length.
        public var seconds: Double
        /// `late` when the recorder was starved, `gap` when there are no samples, `checkpoint` when all machines stood still to be
        /// saved, `rewound` when the time belongs to another branch; the last two are in no length.
        public var reason: String
    }

    /// A machine and what the update changed on it.
    public struct Machine: Codable, Sendable, Hashable {
        /// The name.
        public var name: String
        /// The role.
        public var role: String
        /// Whether versions were read both before and after the update.
        public var packagesKnown: Bool
        /// The packages whose version differs.
        public var packagesChanged: [Package]

        enum CodingKeys: String, CodingKey {
            case name, role
            case packagesKnown = "packages_known"
            case packagesChanged = "packages_changed"
        }
    }

    /// What clients of one patience felt of one probe's target.
    public struct Client: Codable, Sendable, Hashable {
        /// How long the client waits for an answer.
        public var patienceSeconds: Double
        /// The outages.
        public var outages: Int
        /// The least length of the longest outage.
        public var longestLoSeconds: Double
        /// The greatest length that any outage may have had.
        public var longestHiSeconds: Double
        /// The least length of all outages together.
        public var totalLoSeconds: Double
        /// The greatest length of all outages together.
        public var totalHiSeconds: Double

        enum CodingKeys: String, CodingKey {
            case outages
            case patienceSeconds = "patience_s"
            case longestLoSeconds = "longest_lo_s"
            case longestHiSeconds = "longest_hi_s"
            case totalLoSeconds = "total_lo_s"
            case totalHiSeconds = "total_hi_s"
        }
    }

    /// A probe and what it found.
    public struct Probe: Codable, Sendable, Hashable {
        /// The name.
        public var name: String
        /// The kind.
        public var kind: String
        /// What is asked.
        public var target: String
        /// The time from one attempt to the next.
        public var periodMilliseconds: Int
        /// The distance that 99 of 100 neighbouring samples do not exceed.
        public var resolutionSeconds: Double?
        /// How many samples there are.
        public var samples: Int
        /// How many samples the recorder could not vouch for.
        public var late: Int
        /// How much time is unknown.
        public var unknownSeconds: Double
        /// What clients felt, by patience.
        public var clients: [Client]

        enum CodingKeys: String, CodingKey {
            case name, kind, target, samples, late, clients
            case periodMilliseconds = "period_ms"
            case resolutionSeconds = "resolution_s"
            case unknownSeconds = "unknown_s"
        }

        /// What clients of a patience felt.
        public func client(patience: Double) -> Client? {
            clients.first { $0.patienceSeconds == patience }
        }
    }

    /// A branch that the run left by going back to a checkpoint.
    public struct Branch: Codable, Sendable, Hashable {
        /// Counts from 1.
        public var number: Int
        /// The step whose checkpoint the run went back to.
        public var step: String?
        /// When its last event was.
        public var end: String
        /// How it stood then.
        public var note: String

        /// Encodes every key, absent values as null.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(number, forKey: .number)
            try container.encode(step, forKey: .step)
            try container.encode(end, forKey: .end)
            try container.encode(note, forKey: .note)
        }
    }

    /// The version of this format.
    public var format: Int
    /// The name of the run.
    public var run: String
    /// The judgement.
    public var verdict: Verdict
    /// Whether the run came to its end.
    public var finished: Bool
    /// The name of the scenario.
    public var scenario: String
    /// The name of the topology.
    public var topology: String
    /// How the plan was made.
    public var strategy: String
    /// The seed of the plan.
    public var seed: UInt64
    /// What the machines record once they are updated.
    public var updateIdentifier: String
    /// `kvm` or `tcg`.
    public var accelerator: String
    /// Why that accelerator was taken.
    public var acceleratorReason: String
    /// How much slower the guests ran than the host.
    public var slowness: Double
    /// The version of Rehearsal.
    public var version: String
    /// Further facts, by name.
    public var conditions: [String: String]
    /// When it began.
    public var start: String
    /// When it ended, as far as the history goes.
    public var end: String
    /// How long the run took.
    public var durationSeconds: Double
    /// How long the plan was to take.
    public var predictedSeconds: Double?
    /// What was judged.
    public var checks: [Check]
    /// What became of each step.
    public var steps: [Step]
    /// The outages.
    public var outages: [Outage]
    /// The spans in which the recorder cannot tell.
    public var unknown: [Unknown]
    /// The machines.
    public var machines: [Machine]
    /// The probes.
    public var probes: [Probe]
    /// The branches that the run left; their reports are in folders of their own.
    public var branches: [Branch]

    enum CodingKeys: String, CodingKey {
        case format, run, verdict, finished, scenario, topology, strategy, seed, accelerator, slowness, version
        case conditions, start, end, checks, steps, outages, unknown, machines, probes, branches
        case updateIdentifier = "update_identifier"
        case acceleratorReason = "accelerator_reason"
        case durationSeconds = "duration_s"
        case predictedSeconds = "predicted_s"
    }

    /// Computes the report of a run from its store alone.
    public static func make(_ store: RunStore) throws -> RunReport {
        RunReport(history: try RunHistory(store: store))
    }

    /// Computes the report from a history that was read.
    public init(history: RunHistory) {
        let conditions = history.conditions
        format = 1
        run = conditions.identifier
        verdict = history.verdict
        finished = history.isFinished
        scenario = conditions.scenario
        topology = conditions.topology
        strategy = conditions.strategy
        seed = conditions.seed
        updateIdentifier = conditions.updateIdentifier
        accelerator = conditions.accelerator
        acceleratorReason = conditions.acceleratorReason
        slowness = conditions.slowness
        version = conditions.version
        self.conditions = conditions.conditions
        start = history.start.iso8601
        end = history.end.iso8601
        durationSeconds = Format.rounded(history.durationSeconds)
        predictedSeconds = conditions.predictedSeconds.map(Format.rounded)
        checks = history.checks.map {
            Check(name: $0.name, group: $0.group, verdict: $0.verdict, message: $0.message)
        }
        steps = history.spans.map { span in
            Step(
                id: span.step.id.rawValue, parent: span.step.parent?.rawValue, name: span.step.name, machine: span.step.machine,
                kind: span.step.kind.rawValue, start: span.start?.iso8601, end: span.end?.iso8601, outcome: span.outcome.rawValue,
                note: span.note, attempts: span.attempts.count)
        }
        outages = history.probes
            .flatMap { $0.folded.flatMap(\.outages) }
            .sorted { ($0.patienceSeconds, $0.start, $0.probe) < ($1.patienceSeconds, $1.start, $1.probe) }
            .map { outage in
                Outage(
                    probe: outage.probe, patienceSeconds: outage.patienceSeconds,
                    loSeconds: Format.rounded(outage.loSeconds), hiSeconds: Format.rounded(outage.hiSeconds),
                    start: outage.start.iso8601, end: outage.end?.iso8601, steps: outage.steps.map(\.rawValue),
                    cause: history.cause(of: outage)?.step.name, machine: outage.machine,
                    packages: history.packages(behind: outage).map(Package.init),
                    firstOutcome: outage.firstOutcome == .ok ? "slow" : outage.firstOutcome.rawValue,
                    failures: outage.failures, touchesUnknown: outage.touchesUnknown)
            }
        branches = history.leftBranches.map { Branch(number: $0.number, step: $0.step?.rawValue, end: $0.time.iso8601, note: $0.note) }
        unknown = history.probes
            .flatMap { $0.folded.first?.unknown ?? [] }
            .sorted { ($0.start, $0.probe) < ($1.start, $1.probe) }
            .map {
                Unknown(
                    probe: $0.probe, start: $0.start.iso8601, end: $0.end.iso8601,
                    seconds: Format.rounded($0.seconds), reason: $0.reason)
            }
        machines = history.machines.map {
            Machine(
                name: $0.record.name, role: $0.record.role, packagesKnown: $0.packagesAreKnown,
                packagesChanged: $0.changes.map(Package.init))
        }
        probes = history.probes.map { probe in
            Probe(
                name: probe.specification.name, kind: probe.specification.kind, target: probe.specification.target,
                periodMilliseconds: probe.specification.periodMilliseconds,
                resolutionSeconds: probe.resolutionSeconds.map(Format.rounded), samples: probe.samples,
                late: probe.folded.first?.late ?? 0,
                unknownSeconds: Format.rounded(probe.folded.first?.unknownSeconds ?? 0),
                clients: probe.folded.map { folded in
                    Client(
                        patienceSeconds: folded.patienceSeconds, outages: folded.outages.count,
                        longestLoSeconds: Format.rounded(folded.outages.map(\.loSeconds).max() ?? 0),
                        longestHiSeconds: Format.rounded(folded.outages.map(\.hiSeconds).max() ?? 0),
                        totalLoSeconds: Format.rounded(folded.totalLoSeconds),
                        totalHiSeconds: Format.rounded(folded.totalHiSeconds))
                })
        }
    }

    /// The bytes of `report.json`.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}

extension RunReport.Package {
    init(_ difference: PackageChange) {
        self.init(name: difference.name, from: difference.from, to: difference.to)
    }
}
