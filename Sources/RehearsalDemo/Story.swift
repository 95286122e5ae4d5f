import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
import RehearsalModel

/// What a run tells, in whole milliseconds since its start: the time that other branches took is left out.
struct Story {
    /// A span of time; the end is not part of it.
    struct Span: Hashable {
        var from: Int64
        var to: Int64

        func contains(_ time: Int64) -> Bool { from <= time && time < to }
    }

    /// A machine, and what was done to it.
    struct Machine {
        var name: String
        var breakpoints: [Span]
        var procedures: [Span]
        var substeps: [(name: String, span: Span)]
        /// When and why a step of it failed; nil if none did.
        var failure: (time: Int64, step: String)?

        /// When it was first turned to; nil if never.
        var begin: Int64? { (breakpoints + procedures).map(\.from).min() }
        /// When its last procedure ended; nil if it had none.
        var end: Int64? { procedures.map(\.to).max() }
        /// When its last procedure began to be over for all its sub-steps: how many have ended at an instant.
        func done(at time: Int64) -> Int { substeps.count { $0.span.to <= time } }
    }

    /// A probe, and what clients felt.
    struct Probe {
        var name: String
        var segments: [(state: ProbeState, span: Span)]
        var outages: [Span]
        /// How long it failed at the longest, for certain.
        var longestSeconds: Double
    }

    /// A line of the operator's terminal.
    struct Line: Hashable {
        enum Manner: String, Hashable { case typed, said, good, bad, waits }
        var time: Int64
        var text: String
        var manner: Manner
    }

    /// An address that moves between machines.
    struct Address {
        var name: String
        /// From when on which machine holds it; nil for none that is known.
        var holders: [(time: Int64, machine: String?)]

        func holder(at time: Int64) -> String? { holders.last { $0.time <= time }?.machine }
    }

    let analysis: RunAnalysis
    let length: Int64
    let machines: [Machine]
    let probes: [Probe]
    let lines: [Line]
    let addresses: [Address]
    /// From when on how many members the cluster has; empty without one.
    let members: [(time: Int64, count: Int)]
    /// The outage that was longest for certain.
    let worst: Outage?

    /// The most rows of probes, and of machines.
    static let mostProbes = 9
    static let mostMachines = 8

    /// Gathers what there is to tell.
    ///
    /// - Parameters:
    ///   - facts: What machines noted of their own accord.
    ///   - names: The probes to tell of; nil for those that failed longest.
    init(_ analysis: RunAnalysis, facts: [Fact], probes names: [String]? = nil) {
        self.analysis = analysis
        func milliseconds(_ time: Timestamp) -> Int64 { Int64((analysis.elapsed(at: time) * 1_000).rounded()) }
        let length = milliseconds(analysis.end)
        func span(_ start: Timestamp, _ end: Timestamp?) -> Span {
            Span(from: milliseconds(start), to: end.map(milliseconds) ?? length)
        }
        self.length = length
        machines = analysis.machines.map { finding in
            let own = analysis.spans.filter { $0.step.machine == finding.record.name }
            func spans(_ kind: StepKind) -> [Span] {
                own.filter { $0.step.kind == kind }.flatMap { $0.attempts.map { span($0.start, $0.end) } }
            }
            let failed = own.filter { $0.outcome.isFailure && $0.step.kind != .fault }.last { $0.end != nil }
            return Machine(
                name: finding.record.name, breakpoints: spans(.breakpoint), procedures: spans(.procedure),
                substeps: own.filter { $0.step.kind == .substep }.flatMap { step in
                    step.attempts.map { (step.step.name, span($0.start, $0.end)) }
                },
                failure: failed.flatMap { failed in failed.end.map { (milliseconds($0), failed.step.name) } })
        }
        let felt = analysis.probes.compactMap { probe -> Probe? in
            guard probe.samples > 0, let client = probe.client(patience: Patience.headline) else { return nil }
            return Probe(
                name: probe.specification.name, segments: client.segments.map { ($0.state, span($0.start, $0.end)) },
                outages: client.failed.outages.map { span($0.start, $0.end ?? $0.lastFailure) },
                longestSeconds: client.failed.outages.map(\.loSeconds).max() ?? 0)
        }
        if let names {
            probes = names.compactMap { name in felt.first { $0.name == name } }
        } else {
            // Those that failed longest, in the order in which they were named.
            func worst(_ probe: Probe) -> Double { probe.outages.isEmpty ? -1 : probe.longestSeconds }
            let ranked = felt.enumerated().sorted { (worst($1.element), $0.offset) < (worst($0.element), $1.offset) }
            let chosen = Set(ranked.prefix(Self.mostProbes).map(\.offset))
            probes = felt.enumerated().filter { chosen.contains($0.offset) }.map(\.element)
        }
        worst = analysis.probes.compactMap { $0.client(patience: Patience.headline)?.failed.outages.worst }.worst
        lines = Self.lines(analysis, milliseconds)
        addresses = Self.addresses(facts, milliseconds)
        members = Self.members(facts, of: Set(analysis.machines.map(\.record.name)), milliseconds)
    }

    /// How long after the start of the run an instant is.
    func milliseconds(_ time: Timestamp) -> Int64 { Int64((analysis.elapsed(at: time) * 1_000).rounded()) }

    // MARK: The operator

    private static func lines(_ analysis: RunAnalysis, _ milliseconds: (Timestamp) -> Int64) -> [Line] {
        var lines: [Line] = []
        func say(_ time: Timestamp, _ text: String, _ manner: Line.Manner = .said) {
            lines.append(Line(time: milliseconds(time), text: text.printable.redacted, manner: manner))
        }
        let (conditions, start) = (analysis.conditions, analysis.start)
        say(start, "$ rehearse run \(conditions.scenario)", .typed)
        say(start, "\(conditions.strategy) on \(conditions.topology), \(analysis.spans.count) steps")
        var run = RunState()
        for event in analysis.events {
            run.apply(event)
            let span = event.step.flatMap { analysis.span($0) }
            let machine = span?.step.machine ?? event.machine
            switch event.payload {
            case .stepStarted where span?.step.kind == .baseline: say(event.time, "recording a quiet time")
            case .stepStarted where span?.step.kind == .procedure: say(event.time, "\(machine ?? "") is updated")
            case .stepEnded where event.outcome?.isFailure == true && span?.step.kind != .fault:
                // A step fails with one of its parts, which says it.
                guard !analysis.spans.contains(where: { $0.step.parent == event.step && $0.outcome.isFailure }) else { break }
                say(event.time, "failed: \(span?.step.name ?? "")\(machine.map { " on \($0)" } ?? "")", .bad)
            case .substepEnded where event.outcome?.isFailure == true:
                say(event.time, "failed: \(span?.step.name ?? "")\(machine.map { " on \($0)" } ?? "")", .bad)
            case .stepEnded where span?.step.kind == .procedure:
                let took = event.step.flatMap { run.lastStart(of: $0) }.map { analysis.seconds(from: $0, to: event.time) }
                say(event.time, "\(machine ?? "") is done\(took.map { " after \(DurationText.elapsed($0))" } ?? "")", .good)
            case .breakpointReached: say(event.time, "\(machine ?? "") waits at its breakpoint", .waits)
            case .breakpointCleared: say(event.time, "> \(machine ?? "")", .typed)
            case .machineChanged: say(event.time, event.text, .waits)
            case .rewound: say(event.time, "went back to a checkpoint", .waits)
            case .interrupted: say(event.time, "left by the operator", .waits)
            case .resumed: say(event.time, "$ rehearse resume", .typed)
            case .runEnded:
                say(event.time, analysis.verdict.rawValue.uppercased(), analysis.verdict == .pass ? .good : .bad)
            case .unknown: say(event.time, event.line)
            // What these do is seen elsewhere on the stage, or tells nothing to who watches.
            case .runStarted, .planned, .stepStarted, .stepEnded, .substepStarted, .substepEnded, .recorderStarted, .recorderStopped,
                .versions,
                .readiness, .verdict, .checkpointed, .settled:
                break
            }
        }
        return lines
    }

    // MARK: The cluster

    private static func addresses(_ facts: [Fact], _ milliseconds: (Timestamp) -> Int64) -> [Address] {
        let moves = facts.filter { $0.source == .address && $0.change != .changed }
        return Set(moves.map(\.subject)).sorted().map { name in
            var holders: [(time: Int64, machine: String?)] = []
            for fact in moves where fact.subject == name {
                // Who gives it up had it before.
                if holders.isEmpty, fact.change == .lost { holders.append((0, fact.machine)) }
                if fact.change == .lost, holders.last?.machine != fact.machine { continue }
                holders.append((milliseconds(fact.time), fact.change == .gained ? fact.machine : nil))
            }
            return Address(name: name, holders: holders)
        }
    }

    private static func members(
        _ facts: [Fact], of machines: Set<String>, _ milliseconds: (Timestamp) -> Int64
    ) -> [(time: Int64, count: Int)] {
        let changes = facts.filter { $0.source == .corosync && machines.contains($0.subject) }
        let all = Set(changes.map(\.subject)).union(changes.map(\.machine))
        guard !changes.isEmpty else { return [] }
        var away: Set<String> = []
        var counts: [(time: Int64, count: Int)] = [(0, all.count)]
        for fact in changes {
            let count = away.count
            // A machine that starts notes that it joined itself.
            if fact.change == .lost { away.insert(fact.subject) } else { away.remove(fact.subject) }
            if away.count != count { counts.append((milliseconds(fact.time), all.count - away.count)) }
        }
        return counts
    }
}
