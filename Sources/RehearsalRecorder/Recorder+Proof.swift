import Foundation
public import RehearsalHistory
public import RehearsalModel
import Synchronization

extension Recorder {
    /// A probe that has not passed, and why.
    public struct Unproven: Codable, Hashable, Sendable {
        /// The name of the probe.
        public var probe: String
        /// How many attempts have ended.
        public var attempts: Int
        /// How the last attempt ended; nil when none has ended.
        public var outcome: SampleOutcome?
        /// Why, in words.
        public var reason: String
    }

    /// How far a proof has come.
    public struct ProofProgress: Hashable, Sendable {
        /// How many probes have passed.
        public var passed: Int
        /// How many there are.
        public var total: Int
        /// The probes that have not passed, each with the last reason.
        public var waiting: [Unproven]
    }

    /// Asks all probes until each has passed several times in a row, or the time is over.
    ///
    /// A probe that has passed is not asked again. Nothing is stored.
    ///
    /// - Parameters:
    ///   - probes: What is asked.
    ///   - deadline: Seconds after which the proof ends.
    ///   - consecutive: How many passes in a row prove a probe.
    ///   - patienceSeconds: An answer that takes longer is no pass.
    ///   - progress: Called each time something has changed, at most ten times a second.
    /// - Returns: The probes that have not passed, each with the last reason; empty when all have.
    /// - Throws: `RecorderError` when a probe is invalid or cannot be set up.
    public static func proveAll(
        _ probes: [ProbeSpecification], deadline: Double, consecutive: Int = 2, patienceSeconds: Double = 5,
        progress: @escaping @Sendable (ProofProgress) -> Void = { _ in }
    ) async throws -> [Unproven] {
        var slowed = probes
        for index in slowed.indices { slowed[index].periodMilliseconds = max(250, slowed[index].periodMilliseconds) }
        _ = try parse(probes)
        let parsed = try parse(slowed)
        guard !parsed.isEmpty else { return [] }
        let proof = Proof(
            names: parsed.map(\.name), consecutive: max(1, consecutive),
            patience: Int64(max(0.001, min(patienceSeconds, 86_400)) * Double(nanosecondsPerSecond)), progress: progress)
        let session = RecorderSession(
            probes: parsed, priority: .normal, flushInterval: 100 * nanosecondsPerMillisecond, sink: proof)
        proof.session.withLock { $0 = session }
        defer { proof.session.withLock { $0 = nil } }
        try session.start { _ in }
        let timer = Task {
            try? await Task.sleep(for: .seconds(max(0, min(deadline, 1e6))))
            session.stop.request(drain: 0)
        }
        await withTaskCancellationHandler {
            await session.wait()
        } onCancel: {
            session.stop.request(drain: 0)
        }
        timer.cancel()
        return proof.unproven
    }
}

/// Counts passes in a row. It is a sink, so that it sees the samples that a recording would have stored.
private final class Proof: SampleSink {
    private struct State {
        var streaks: [String: Int] = [:]
        var last: [String: Recorder.Unproven] = [:]
    }

    let session = Mutex<RecorderSession?>(nil)
    private let names: [String]
    private let consecutive: Int
    private let patience: Int64
    private let progress: @Sendable (Recorder.ProofProgress) -> Void
    private let state = Mutex(State())

    init(
        names: [String], consecutive: Int, patience: Int64,
        progress: @escaping @Sendable (Recorder.ProofProgress) -> Void
    ) {
        self.names = names
        self.consecutive = consecutive
        self.patience = patience
        self.progress = progress
    }

    var unproven: [Recorder.Unproven] {
        state.withLock { held in missing(held) }
    }

    func append(host readings: [HostReading]) {}

    func append(_ samples: [Sample]) {
        let (waiting, proven) = state.withLock { held in
            var proven: [String] = []
            for sample in samples where held.streaks[sample.probe, default: 0] < consecutive {
                // What ends because the proof ends says nothing about the target.
                if sample.outcome == .late { continue }
                let passes = sample.outcome == .ok && sample.latencyNanoseconds <= patience
                held.streaks[sample.probe] = passes ? held.streaks[sample.probe, default: 0] + 1 : 0
                let attempts = (held.last[sample.probe]?.attempts ?? 0) + 1
                var reason = sample.detail.map { "\(sample.outcome.rawValue): \($0)" } ?? sample.outcome.rawValue
                if passes {
                    reason = "passed \(held.streaks[sample.probe] ?? 0) of \(consecutive) times in a row"
                } else if sample.outcome == .ok {
                    reason = "answered after \(durationText(sample.latencyNanoseconds)) only"
                }
                held.last[sample.probe] = Recorder.Unproven(
                    probe: sample.probe, attempts: attempts, outcome: sample.outcome, reason: reason)
                if held.streaks[sample.probe] == consecutive { proven.append(sample.probe) }
            }
            return (missing(held), proven)
        }
        let session = session.withLock { $0 }
        for name in proven { session?.pause(name) }
        progress(Recorder.ProofProgress(passed: names.count - waiting.count, total: names.count, waiting: waiting))
        if waiting.isEmpty { session?.stop.request(drain: 0) }
    }

    private func missing(_ state: State) -> [Recorder.Unproven] {
        names.filter { state.streaks[$0, default: 0] < consecutive }.map { name in
            state.last[name]
                ?? Recorder.Unproven(probe: name, attempts: 0, outcome: nil, reason: "no attempt has ended")
        }
    }
}
