public import RehearsalModel

/// A step of a run's plan, as history knows it.
public struct StepRecord: Codable, Hashable, Sendable {
    /// The place in the numbered tree, such as `3.1`.
    public var id: String
    /// The identifier of the step it is part of.
    public var parent: String?
    /// What it does, in a few words.
    public var name: String
    /// The machine it works on.
    public var machine: String?
    /// The kind of action, such as `procedure`, `substep`, `breakpoint` or `sequence`.
    public var kind: String
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
        id: String, parent: String? = nil, name: String, machine: String? = nil, kind: String, position: Int,
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

    /// The identifier of the step that `id` is part of: `3.1` for `3.1.2`, nil for `3`.
    public static func parent(of id: String) -> String? {
        id.lastIndex(of: ".").map { String(id[..<$0]) }
    }
}

/// What became of a step in a run.
public struct StepSpan: Codable, Hashable, Sendable {
    /// One time that the step was in flight.
    public struct Attempt: Codable, Hashable, Sendable {
        /// When the step started.
        public var start: Timestamp
        /// When the step ended; nil when the journal does not say.
        public var end: Timestamp?

        /// Makes an attempt.
        public init(start: Timestamp, end: Timestamp? = nil) {
            self.start = start
            self.end = end
        }

        /// Whether the step was in flight at an instant; the end is not part of it.
        func contains(_ time: Timestamp) -> Bool {
            start <= time && end.map { time < $0 } ?? true
        }

        /// Whether the step was in flight at some instant from `first` to `last`, both included.
        func overlaps(_ first: Timestamp, _ last: Timestamp) -> Bool {
            start <= last && end.map { first < $0 } ?? true
        }
    }

    /// The step.
    public var step: StepRecord
    /// The times it was in flight, oldest first; more than one when it was repeated after a failure, none when it never started.
    public var attempts: [Attempt]
    /// How the last attempt ended: `ok`, `failed` or another word from the journal; `unfinished` when it did not end,
    /// `not-started` when it never began, `skipped` when its procedure succeeded without it.
    public var outcome: String
    /// What the journal says about the end.
    public var note: String
    /// The names of packages that the journal says the step changed.
    public var changedPackages: [String]

    /// Makes a span.
    public init(
        step: StepRecord, attempts: [Attempt] = [], outcome: String = StepSpan.notStarted, note: String = "",
        changedPackages: [String] = []
    ) {
        self.step = step
        self.attempts = attempts
        self.outcome = outcome
        self.note = note
        self.changedPackages = changedPackages
    }

    /// When the step first started.
    public var start: Timestamp? { attempts.first?.start }
    /// When the step last ended.
    public var end: Timestamp? { attempts.last?.end }
}

// MARK: - Journal to spans

extension StepSpan {
    /// The outcome of a step that has no end in the journal.
    public static let unfinished = "unfinished"
    /// The outcome of a planned step that never started.
    public static let notStarted = "not-started"
    /// The outcome of a sub-step that its procedure left out and succeeded: an update that a machine has already has nothing to do.
    public static let skipped = "skipped"

    /// Joins a plan and a journal to what became of each step, in the order of the tree.
    ///
    /// Sub-steps that a procedure reported but the plan does not hold are added under the identifier that the journal gives them.
    public static func spans(plan: [StepRecord], events: [Event]) -> [StepSpan] {
        var spans: [String: StepSpan] = [:]
        for step in plan {
            spans[step.id] = StepSpan(step: step)
        }
        for event in events {
            guard let id = event.step else { continue }
            switch event.kind {
            case .stepStarted, .substepStarted:
                var span =
                    spans[id]
                    ?? StepSpan(
                        step: StepRecord(
                            id: id, parent: StepRecord.parent(of: id), name: event.text, machine: event.machine,
                            kind: event.kind == .substepStarted ? "substep" : "step", position: spans.count))
                // A step that is started again without an end was taken up by a new engine; the machine never stopped.
                if span.attempts.isEmpty || span.attempts.last?.end != nil {
                    span.attempts.append(Attempt(start: event.time))
                }
                span.outcome = unfinished
                if span.step.machine == nil { span.step.machine = event.machine }
                spans[id] = span
            case .stepEnded, .substepEnded:
                guard var span = spans[id] else { continue }
                if span.attempts.isEmpty {
                    // Skipped, or the start was lost with the recording of a machine: it took no time that is known.
                    span.attempts = [Attempt(start: event.time)]
                }
                span.attempts[span.attempts.count - 1].end = max(
                    event.time, span.attempts[span.attempts.count - 1].start)
                span.outcome = event.detail["outcome"] ?? event.detail["status"].map { $0 == "0" ? "ok" : "failed" } ?? "ok"
                span.note = event.text
                if let packages = event.detail["packages"] {
                    span.changedPackages = packages.split(separator: " ").map(String.init)
                }
                spans[id] = span
            default:
                continue
            }
        }
        for (id, span) in spans where span.outcome == notStarted && span.step.kind == "substep" {
            guard let parent = span.step.parent, spans[parent]?.outcome == "ok" else { continue }
            spans[id]?.outcome = skipped
        }
        return spans.values.sorted { StepSpan.order($0.step.id, $1.step.id) }
    }

    /// Whether one identifier comes before another in the tree.
    static func order(_ left: String, _ right: String) -> Bool {
        let lefts = left.split(separator: ".").map { Int($0) ?? .max }
        let rights = right.split(separator: ".").map { Int($0) ?? .max }
        return lefts == rights ? left < right : lefts.lexicographicallyPrecedes(rights)
    }
}
