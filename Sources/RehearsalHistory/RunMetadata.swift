/// The conditions of a run: the well-known facts in the store's `run` table.
public struct RunMetadata: Sendable, Hashable {
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
    /// `kvm` or `tcg`.
    public var accelerator: String
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
    /// Further facts, by name, shown in the report as they are.
    public var conditions: [String: String]

    /// Makes the conditions of a run.
    public init(
        identifier: String, scenario: String, topology: String, strategy: String, seed: UInt64,
        updateIdentifier: String, accelerator: String, acceleratorReason: String = "", slowness: Double,
        version: String, expectationsJSON: String = "[]", predictedSeconds: Double? = nil, planText: String = "",
        conditions: [String: String] = [:]
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
        self.conditions = conditions
    }

    private static let conditionPrefix = "condition."

    /// The facts as the store's `run` table holds them.
    public var values: [String: String] {
        var values = [
            "identifier": identifier, "scenario": scenario, "topology": topology, "strategy": strategy,
            "seed": "\(seed)", "update_identifier": updateIdentifier, "accelerator": accelerator,
            "accelerator_reason": acceleratorReason, "slowness": "\(slowness)", "version": version,
            "expectations": expectationsJSON, "plan_text": planText,
        ]
        if let predictedSeconds { values["predicted_s"] = "\(predictedSeconds)" }
        for (name, value) in conditions { values[RunMetadata.conditionPrefix + name] = value }
        return values
    }

    /// Reads the conditions from the store's `run` table; what is not there is empty, 0 or, for the slowness, 1.
    public init(values: [String: String]) {
        var conditions: [String: String] = [:]
        for (key, value) in values where key.hasPrefix(RunMetadata.conditionPrefix) {
            conditions[String(key.dropFirst(RunMetadata.conditionPrefix.count))] = value
        }
        self.init(
            identifier: values["identifier"] ?? "", scenario: values["scenario"] ?? "",
            topology: values["topology"] ?? "", strategy: values["strategy"] ?? "",
            seed: values["seed"].flatMap { UInt64($0) } ?? 0, updateIdentifier: values["update_identifier"] ?? "",
            accelerator: values["accelerator"] ?? "", acceleratorReason: values["accelerator_reason"] ?? "",
            slowness: values["slowness"].flatMap { Double($0) } ?? 1, version: values["version"] ?? "",
            expectationsJSON: values["expectations"] ?? "[]",
            predictedSeconds: values["predicted_s"].flatMap { Double($0) }, planText: values["plan_text"] ?? "",
            conditions: conditions)
    }
}
