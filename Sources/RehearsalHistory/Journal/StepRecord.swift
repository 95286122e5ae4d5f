public import RehearsalModel

/// A step of a run's plan, as history knows it.
public struct StepRecord: Hashable, Sendable {
    /// The place in the numbered tree, such as `3.1`.
    public var id: StepID
    /// The identifier of the step it is part of.
    public var parent: StepID?
    /// What it does, in a few words.
    public var name: String
    /// The machine it works on.
    public var machine: String?
    /// The kind of action.
    public var kind: StepKind
    /// The place in the plan's order of reading, from 0.
    public var position: Int
    /// The bound on its time in seconds, before scaling by slowness; nil when it has none of its own.
    public var boundSeconds: Double?
    /// The predicted time in seconds.
    public var predictedSeconds: Double?
    /// Patterns (`*` matches anything) of the packages that the step may change; empty when it changes none.
    public var packages: [String]

    /// Makes a step.
    public init(
        id: StepID, parent: StepID? = nil, name: String, machine: String? = nil, kind: StepKind, position: Int,
        boundSeconds: Double? = nil, predictedSeconds: Double? = nil, packages: [String] = []
    ) {
        self.id = id
        self.parent = parent
        self.name = name
        self.machine = machine
        self.kind = kind
        self.position = position
        self.boundSeconds = boundSeconds
        self.predictedSeconds = predictedSeconds
        self.packages = packages
    }
}

extension Plan {
    /// The plan as history keeps it: a row for each step, in the order of reading.
    ///
    /// A sub-step `update-<service>` carries the patterns of the packages that the service owns, so that an outage can be
    /// traced to packages.
    public func records(services: [Service] = []) -> [StepRecord] {
        steps.enumerated().map { position, step in
            let service = services.first { step.name == SubstepName.update($0.name) }
            return StepRecord(
                id: step.id, parent: step.id.parent, name: step.name, machine: step.machine, kind: step.action.kind, position: position,
                boundSeconds: step.boundSeconds, predictedSeconds: step.predictedSeconds,
                packages: service?.updatePackages.map(\.pattern) ?? [])
        }
    }
}
