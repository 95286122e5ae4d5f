import RehearsalHistory
import RehearsalModel

/// A probe as the recorder's threads use it.
struct ParsedProbe: Sendable {
    var name: String
    /// Nanoseconds from one attempt to the next.
    var period: Int64
    /// Nanoseconds after which an attempt ends as a timeout.
    var timeout: Int64
    var question: any ProbeQuestion
    /// Texts that must appear in no sample.
    var secrets: [String]

    /// An attempt that starts later than this after its schedule is not made, and recorded as late.
    var lateThreshold: Int64 { max(20 * nanosecondsPerMillisecond, period / 2) }
}

/// What an attempt had reached, in nanoseconds from its start; nil for what it did not reach.
struct Phases {
    /// Its connection was there; 0 for one that was kept.
    var connected: Int64?
    /// The first byte of the answer was there.
    var firstByte: Int64?
}

extension ProbeSpecification {
    /// Checks the specification and turns it into what the recorder's threads use.
    ///
    /// - Throws: All problems with it.
    func parsed() throws(RecorderError) -> ParsedProbe {
        let problems = problems(kinds: ProbeKinds.all)
        guard problems.isEmpty, let type = ProbeKinds.questions.first(where: { $0.kind.name == kind }) else {
            throw RecorderError(.invalidProbe, problems.map { "probe \(name): \($0) (\($0.hint))" }, hint: Self.help)
        }
        do {
            return ParsedProbe(
                name: name, period: Int64(periodMilliseconds) * nanosecondsPerMillisecond, timeout: try value(of: ProbeKind.timeout),
                question: try type.init(self),
                secrets: type.kind.settings.filter(\.isSecret).compactMap { settings[$0.name] })
        } catch {
            throw RecorderError(.invalidProbe, ["probe \(name): \(error) (\(error.hint))"], hint: Self.help)
        }
    }

    static var help: String { "see the probe kinds in docs/probes.md" }
}

extension ParsedProbe {
    /// Makes the sample of an attempt, unless the recorder's own starvation explains too much of its latency.
    ///
    /// A refusal stays a refusal however late it was read. The latency of an answer that was read late says nothing, however,
    /// so such an answer is `late`.
    func sample(
        start: Timestamp, latency: Int64, phases: Phases = Phases(), outcome: SampleOutcome, detail: String?, starved: Int64
    ) -> Sample {
        func make(_ outcome: SampleOutcome, _ detail: String?) -> Sample {
            Sample(
                probe: name, start: start, latencyNanoseconds: latency, connectedNanoseconds: phases.connected,
                firstByteNanoseconds: phases.firstByte, outcome: outcome, detail: detail)
        }
        let limit = 20 * nanosecondsPerMillisecond
        let slack = latency - timeout
        let impatient = Patience.shortestNanoseconds
        // Too much of the latency is the recorder's own, or it decides for a client of the least patience.
        let isDoubtful = starved > latency / 4 || (latency > impatient && latency - starved <= impatient)
        if outcome == .ok || outcome == .timeout, starved > limit, isDoubtful {
            return make(.late, "recorder starved for \(durationText(starved)) of the attempt")
        }
        if outcome == .ok && slack > 0 {
            return make(.timeout, "answered after \(durationText(latency))")
        }
        return make(outcome, detail.map(redacted))
    }

    /// The text without the probe's secrets.
    func redacted(_ text: String) -> String {
        secrets.reduce(text) { $1.isEmpty ? $0 : $0.split(separator: $1, omittingEmptySubsequences: false).joined(separator: "…") }
    }
}
