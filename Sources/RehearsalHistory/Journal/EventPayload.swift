public import RehearsalModel

extension Event {
    /// What an event says, with its facts: a case for each kind.
    ///
    /// A new kind is a case here, its word and its keys in ``EventKind``, and its two lines in the stored form below; what it does to the
    /// state of a run is said in ``RunState``.
    public enum Payload: Hashable, Sendable {
        /// The run began.
        case runStarted
        /// The plan was made and printed.
        case planned
        /// A step is about to start, for the time of that number.
        case stepStarted(attempt: Int = 1)
        /// A step ended after so many seconds; nil in runs of earlier versions.
        case stepEnded(StepOutcome, seconds: Double? = nil)
        /// A procedure reported the start of one of its sub-steps.
        case substepStarted
        /// A procedure reported the end of one of its sub-steps with an exit status.
        case substepEnded(status: Int32)
        /// A machine waits at its breakpoint.
        case breakpointReached
        /// A breakpoint was cleared and the machine goes on.
        case breakpointCleared
        /// The recorder started to sample.
        case recorderStarted
        /// The recorder stopped.
        case recorderStopped(RecorderEnd)
        /// The package versions of a machine were read.
        case versions(PackageMoment?)
        /// The readiness of the testbed was judged: what is still awaited.
        case readiness([Awaited])
        /// Something was judged against the testbed.
        case verdict(CheckVerdict)
        /// The run ended.
        case runEnded
        /// The engine was started again and took the run up.
        case resumed
        /// The engine was stopped before the end of the run.
        case interrupted
        /// All machines were saved for the run to come back to, or it was tried.
        case checkpointed(Saving)
        /// Something happened to a machine by itself.
        case machineChanged(MachineChange)
        /// All probes answer as they did before the machines were saved, or the engine stopped waiting for that: the span since they ran again.
        case settled(Pause)
        /// The run went back to the checkpoint whose event has that place in the journal and whose files are in that folder.
        case rewound(to: Int64, folder: String? = nil)
        /// A kind that this version of Rehearsal does not know, or an event of a known kind that it cannot read, as it is stored.
        case unknown(kind: String, detail: [String: String])
    }

    /// A service that is not ready yet.
    public struct Awaited: Hashable, Sendable {
        /// The machine that it belongs to.
        public var machine: String
        /// The name of the service.
        public var service: String
        /// What the machine says about it.
        public var detail: String

        /// Makes a service that is awaited.
        public init(machine: String, service: String, detail: String) {
            self.machine = machine
            self.service = service
            self.detail = detail
        }
    }

    /// Something that the engine judged while the testbed was there; `Event.text` says why.
    public struct CheckVerdict: Hashable, Sendable {
        /// What was checked; the same in every run.
        public var check: String
        /// The part of the run it belongs to; nil for the testbed.
        public var group: String?
        /// The judgement.
        public var verdict: Verdict

        /// Makes a verdict.
        public init(check: String, group: String? = nil, verdict: Verdict) {
            self.check = check
            self.group = group
            self.verdict = verdict
        }
    }

    /// A span in which all machines stood still, or had not come to themselves again.
    public struct Pause: Hashable, Sendable {
        /// The beginning.
        public var start: Timestamp
        /// The end.
        public var end: Timestamp

        /// Makes a pause.
        public init(start: Timestamp, end: Timestamp) {
            self.start = start
            self.end = end
        }
    }

    /// What saving all machines came to.
    public struct Saving: Hashable, Sendable {
        /// When the machines stood still, or may have.
        public var pause: Pause?
        /// What was saved; nil if it failed.
        public var files: SavedFiles?

        /// Makes the outcome of a saving.
        public init(pause: Pause? = nil, files: SavedFiles? = nil) {
            self.pause = pause
            self.files = files
        }
    }

    /// The files of a checkpoint.
    public struct SavedFiles: Hashable, Sendable {
        /// The name of the folder among the run's checkpoints.
        public var folder: String
        /// How much they hold.
        public var bytes: Int64?
        /// How far apart the machines' instants may be, in seconds.
        public var spreadSeconds: Double?

        /// Makes the files of a checkpoint.
        public init(folder: String, bytes: Int64? = nil, spreadSeconds: Double? = nil) {
            self.folder = folder
            self.bytes = bytes
            self.spreadSeconds = spreadSeconds
        }
    }
}

extension Event.Payload {
    /// Whether somebody who watches the run is told in a line of its own, because nothing else on the screen shows it.
    public var isNews: Bool {
        switch self {
        case .interrupted, .resumed, .checkpointed, .settled, .machineChanged, .unknown: true
        default: false
        }
    }
}

// MARK: Stored form

/// The kinds of event that this version of Rehearsal writes; the raw value is the word in the store, described in
/// docs/run-directory.md.
public enum EventKind: String, Sendable, CaseIterable {
    case runStarted, planned, stepStarted, stepEnded, substepStarted, substepEnded, breakpointReached, breakpointCleared
    case recorderStarted, recorderStopped, versions, readiness, verdict, runEnded, resumed, interrupted, checkpointed, settled, rewound
    case machineChanged

    fileprivate enum Key: String {
        case attempt, outcome, seconds, status, moment, check, group, verdict, folder, bytes, sequence, change
        case pausedFrom = "paused_from"
        case pausedTo = "paused_to"
        case settledFrom = "settled_from"
        case settledTo = "settled_to"
        case spread = "spread_s"
        /// Stands for every key that names a service of a machine.
        case service = "<machine>.<service>"
    }

    /// The names of the facts that an event of the kind may hold in the store.
    public var keys: Set<String> {
        let keys: [Key] =
            switch self {
            case .stepStarted: [.attempt]
            case .stepEnded: [.outcome, .seconds]
            case .substepEnded: [.status, .outcome]
            case .versions: [.moment]
            case .readiness: [.service]
            case .verdict: [.check, .group, .verdict]
            case .checkpointed: [.pausedFrom, .pausedTo, .folder, .bytes, .spread]
            case .recorderStopped: [.status]
            case .settled: [.settledFrom, .settledTo]
            case .machineChanged: [.change]
            case .rewound: [.sequence, .folder]
            case .runStarted, .planned, .substepStarted, .breakpointReached, .breakpointCleared, .recorderStarted,
                .runEnded, .resumed, .interrupted:
                []
            }
        return Set(keys.map(\.rawValue))
    }
}

extension Event.Payload {
    /// The kind; nil if this version of Rehearsal does not know it.
    public var kind: EventKind? {
        switch self {
        case .runStarted: .runStarted
        case .planned: .planned
        case .stepStarted: .stepStarted
        case .stepEnded: .stepEnded
        case .substepStarted: .substepStarted
        case .substepEnded: .substepEnded
        case .breakpointReached: .breakpointReached
        case .breakpointCleared: .breakpointCleared
        case .recorderStarted: .recorderStarted
        case .recorderStopped: .recorderStopped
        case .versions: .versions
        case .readiness: .readiness
        case .verdict: .verdict
        case .runEnded: .runEnded
        case .resumed: .resumed
        case .interrupted: .interrupted
        case .checkpointed: .checkpointed
        case .settled: .settled
        case .machineChanged: .machineChanged
        case .rewound: .rewound
        case .unknown: nil
        }
    }

    /// The word for the kind in the store.
    public var storedKind: String {
        if case .unknown(let kind, _) = self { kind } else { kind?.rawValue ?? "" }
    }

    /// The facts as the store keeps them, by name.
    public var storedDetail: [String: String] {
        var facts: [EventKind.Key: String] = [:]
        switch self {
        case .stepStarted(let attempt): facts[.attempt] = "\(attempt)"
        case .stepEnded(let outcome, let seconds):
            facts[.outcome] = outcome.rawValue
            facts[.seconds] = seconds.map { decimal($0, digits: 1) }
        case .substepEnded(let status):
            // One fact in two words: programs that came before read the second alone.
            facts[.status] = "\(status)"
            facts[.outcome] = StepOutcome(status: status).rawValue
        case .recorderStopped(let end): facts[.status] = end.word
        case .versions(let moment): facts[.moment] = moment?.rawValue
        case .readiness(let awaited):
            return Dictionary(awaited.map { ("\($0.machine).\($0.service)", $0.detail) }) { first, _ in first }
        case .verdict(let judgement):
            facts[.check] = judgement.check
            facts[.group] = judgement.group
            facts[.verdict] = judgement.verdict.rawValue
        case .checkpointed(let saving):
            facts[.pausedFrom] = saving.pause.map { "\($0.start.nanoseconds)" }
            facts[.pausedTo] = saving.pause.map { "\($0.end.nanoseconds)" }
            facts[.folder] = saving.files?.folder
            facts[.bytes] = saving.files?.bytes.map { "\($0)" }
            facts[.spread] = saving.files?.spreadSeconds.map { decimal($0, digits: 3) }
        case .settled(let span):
            facts[.settledFrom] = "\(span.start.nanoseconds)"
            facts[.settledTo] = "\(span.end.nanoseconds)"
        case .machineChanged(let change): facts[.change] = change.rawValue
        case .rewound(let sequence, let folder):
            facts[.sequence] = "\(sequence)"
            facts[.folder] = folder
        case .unknown(_, let detail): return detail
        case .runStarted, .planned, .substepStarted, .breakpointReached, .breakpointCleared, .recorderStarted, .runEnded,
            .resumed, .interrupted:
            break
        }
        return Dictionary(uniqueKeysWithValues: facts.map { ($0.rawValue, $1) })
    }

    /// Reads the stored form; what cannot be read is kept as it is.
    public init(kind word: String, detail: [String: String]) {
        self = EventKind(rawValue: word).flatMap { Self.read($0, detail) } ?? .unknown(kind: word, detail: detail)
    }

    private static func read(_ kind: EventKind, _ detail: [String: String]) -> Event.Payload? {
        func text(_ key: EventKind.Key) -> String? { detail[key.rawValue] }
        func number<Number: LosslessStringConvertible>(_ key: EventKind.Key) -> Number? { text(key).flatMap { Number($0) } }
        switch kind {
        case .runStarted: return .runStarted
        case .planned: return .planned
        case .stepStarted: return .stepStarted(attempt: number(.attempt) ?? 1)
        case .stepEnded:
            return outcome(text(.outcome), status: number(.status)).map { .stepEnded($0, seconds: number(.seconds)) }
        case .substepStarted: return .substepStarted
        case .substepEnded:
            if let status: Int32 = number(.status) { return .substepEnded(status: status) }
            return outcome(text(.outcome), status: nil).map { .substepEnded(status: $0 == .ok ? 0 : 1) }
        case .breakpointReached: return .breakpointReached
        case .breakpointCleared: return .breakpointCleared
        case .recorderStarted: return .recorderStarted
        case .recorderStopped: return RecorderEnd(word: text(.status)).map { .recorderStopped($0) }
        case .versions: return .versions(text(.moment).flatMap(PackageMoment.init(rawValue:)))
        case .readiness:
            return .readiness(
                detail.sorted { $0.key < $1.key }.map { name, detail in
                    let words = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                    return Event.Awaited(machine: words[0], service: words.count > 1 ? words[1] : "", detail: detail)
                })
        case .verdict:
            return text(.check).map { check in
                let verdict = text(.verdict).flatMap(Verdict.init(rawValue:)) ?? .unknown
                return .verdict(Event.CheckVerdict(check: check, group: text(.group), verdict: verdict))
            }
        case .runEnded: return .runEnded
        case .resumed: return .resumed
        case .interrupted: return .interrupted
        case .checkpointed:
            var saving = Event.Saving()
            if let start: Int64 = number(.pausedFrom), let end: Int64 = number(.pausedTo) {
                saving.pause = Event.Pause(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
            }
            saving.files = text(.folder).map {
                Event.SavedFiles(folder: $0, bytes: number(.bytes), spreadSeconds: number(.spread))
            }
            return .checkpointed(saving)
        case .settled:
            guard let start: Int64 = number(.settledFrom), let end: Int64 = number(.settledTo) else { return nil }
            return .settled(Event.Pause(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end)))
        case .machineChanged: return text(.change).flatMap(MachineChange.init(rawValue:)).map { .machineChanged($0) }
        case .rewound: return number(.sequence).map { .rewound(to: $0, folder: text(.folder)) }
        }
    }

    /// The outcome that a word or an exit status says; that of an end that says neither is good.
    private static func outcome(_ word: String?, status: Int32?) -> StepOutcome? {
        guard let word else { return StepOutcome(status: status ?? 0) }
        return StepOutcome(rawValue: word)
    }
}

/// A number with so many digits after the point.
private func decimal(_ value: Double, digits: Int) -> String {
    let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
    guard let scaled = Int64(exactly: (value * Double(scale)).rounded()) else { return "\(value)" }
    let (whole, rest) = scaled.magnitude.quotientAndRemainder(dividingBy: UInt64(scale))
    let fraction = String(rest)
    return (scaled < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: digits - fraction.utf8.count) + fraction
}
