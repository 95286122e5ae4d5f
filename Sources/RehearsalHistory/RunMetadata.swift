public import RehearsalModel

/// The conditions of a run: the facts in the store's `run` table.
public struct RunMetadata: Sendable, Hashable {
    /// The facts by the names that they have in the store, described in docs/run-directory.md.
    public enum Key: String, Sendable, CaseIterable {
        case identifier, scenario, topology, strategy, seed, accelerator, slowness, version, expectations, plan, testbed, checkpoints,
            verdict, control
        case updateIdentifier = "update_identifier"
        case acceleratorReason = "accelerator_reason"
        case predicted = "predicted_s"
        case planText = "plan_text"
        case packageChanges = "delta"
    }

    /// The name of the run; also of its directory.
    public var identifier: String
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
    /// How the machines were run; nil for a recording, which has none.
    public var accelerator: Accelerator?
    /// Why that accelerator was taken.
    public var acceleratorReason: String
    /// How much slower the guests run than the host, at least 1; every bound is multiplied by it.
    public var slowness: Double
    /// The version of Rehearsal.
    public var version: String
    /// The expectations of the scenario, as JSON.
    public var expectationsJSON: String
    /// The predicted time of the plan on this host, in seconds.
    public var predictedSeconds: Double?
    /// The plan as it was printed.
    public var planText: String
    /// The plan as JSON; nil in a store that no run can go on from.
    public var planJSON: String?
    /// The name of the testbed that the run is on; nil in a store that no run can go on from.
    public var testbed: String?
    /// What the candidate channel changes, as JSON; nil in a store that no run can go on from.
    public var packageChangesJSON: String?
    /// Before which steps the run saves all machines; nil in a store that no run can go on from.
    public var checkpoints: CheckpointPolicy?
    /// Whether nothing was to be changed, so that what the run shows is the host and the harness.
    public var isControl: Bool
    /// What the run came to; nil as long as it was not judged.
    public var verdict: Verdict?
    /// Further facts, by name, shown in the report as they are.
    public var conditions: [String: String]

    /// Makes the conditions of a run.
    public init(
        identifier: String, scenario: String, topology: String, strategy: String, seed: UInt64,
        updateIdentifier: String, accelerator: Accelerator?, acceleratorReason: String = "", slowness: Double,
        version: String, expectationsJSON: String = "[]", predictedSeconds: Double? = nil, planText: String = "",
        planJSON: String? = nil, testbed: String? = nil, packageChangesJSON: String? = nil, checkpoints: CheckpointPolicy? = nil,
        isControl: Bool = false, verdict: Verdict? = nil, conditions: [String: String] = [:]
    ) {
        self.identifier = identifier
        self.scenario = scenario
        self.topology = topology
        self.strategy = strategy
        self.seed = seed
        self.updateIdentifier = updateIdentifier
        self.accelerator = accelerator
        self.acceleratorReason = acceleratorReason
        self.slowness = slowness
        self.version = version
        self.expectationsJSON = expectationsJSON
        self.predictedSeconds = predictedSeconds
        self.planText = planText
        self.planJSON = planJSON
        self.testbed = testbed
        self.packageChangesJSON = packageChangesJSON
        self.checkpoints = checkpoints
        self.isControl = isControl
        self.verdict = verdict
        self.conditions = conditions
    }

    /// The accelerator as reports name it; empty for a recording.
    public var acceleratorWord: String { accelerator?.rawValue ?? "" }

    /// What the name of a further fact begins with in the store.
    public static let conditionPrefix = "condition."
    /// What the name of the clock's offset on a boot of the host begins with in the store.
    public static let clockOffsetPrefix = "clock_offset_ns."

    /// The name in the store of the clock's offset on a boot of the host: UTC minus the monotonic clock, in nanoseconds.
    public static func clockOffsetKey(boot: String) -> String { clockOffsetPrefix + boot }

    /// The facts as the store's `run` table holds them.
    public var values: [String: String] {
        var facts: [Key: String] = [
            .identifier: identifier, .scenario: scenario, .topology: topology, .strategy: strategy, .seed: "\(seed)",
            .updateIdentifier: updateIdentifier, .acceleratorReason: acceleratorReason,
            .slowness: "\(slowness)", .version: version, .expectations: expectationsJSON, .planText: planText,
        ]
        facts[.predicted] = predictedSeconds.map { "\($0)" }
        facts[.plan] = planJSON
        facts[.testbed] = testbed
        facts[.packageChanges] = packageChangesJSON
        facts[.accelerator] = accelerator?.rawValue
        facts[.checkpoints] = checkpoints?.rawValue
        facts[.verdict] = verdict?.rawValue
        if isControl { facts[.control] = "true" }
        var values = Dictionary(uniqueKeysWithValues: facts.map { ($0.rawValue, $1) })
        for (name, value) in conditions { values[RunMetadata.conditionPrefix + name] = value }
        return values
    }

    /// Reads the conditions from the store's `run` table; what is not there is empty, nil, 0 or, for the slowness, 1.
    public init(values: [String: String]) {
        func text(_ key: Key) -> String? { values[key.rawValue] }
        var conditions: [String: String] = [:]
        for (key, value) in values where key.hasPrefix(RunMetadata.conditionPrefix) {
            conditions[String(key.dropFirst(RunMetadata.conditionPrefix.count))] = value
        }
        self.init(
            identifier: text(.identifier) ?? "", scenario: text(.scenario) ?? "", topology: text(.topology) ?? "",
            strategy: text(.strategy) ?? "", seed: text(.seed).flatMap { UInt64($0) } ?? 0,
            updateIdentifier: text(.updateIdentifier) ?? "", accelerator: text(.accelerator).flatMap(Accelerator.init),
            acceleratorReason: text(.acceleratorReason) ?? "", slowness: text(.slowness).flatMap { Double($0) } ?? 1,
            version: text(.version) ?? "", expectationsJSON: text(.expectations) ?? "[]",
            predictedSeconds: text(.predicted).flatMap { Double($0) }, planText: text(.planText) ?? "", planJSON: text(.plan),
            testbed: text(.testbed), packageChangesJSON: text(.packageChanges),
            checkpoints: text(.checkpoints).flatMap(CheckpointPolicy.init),
            isControl: text(.control) == "true", verdict: text(.verdict).flatMap(Verdict.init),
            conditions: conditions)
    }
}
