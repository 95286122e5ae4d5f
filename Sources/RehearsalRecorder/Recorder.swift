import CLinux
import Foundation
import Glibc
public import RehearsalModel
import Synchronization

/// Asks the services of a testbed on schedule and hands every answer, or the lack of one, to a sink.
///
/// The recorder runs in its own process inside the testbed's network namespace:
///
/// ```swift
/// let summary = try await Recorder.run(configuration: configuration, sink: sink) { start in
///     print("recording \(start.probes) probes, scheduled \(start.scheduling)")
/// }
/// ```
public enum Recorder {
    /// What is known when recording begins.
    public struct Start: Codable, Hashable, Sendable {
        /// How many probes are asked.
        public var probes: Int
        /// How the recorder's threads are scheduled: `SCHED_FIFO 10`, `nice -10` or `normal`.
        public var scheduling: String
        /// When recording began.
        public var time: Timestamp
    }

    /// What is known when recording has ended.
    public struct Summary: Codable, Hashable, Sendable {
        /// Samples handed to the sink, by probe.
        public var samples: [String: Int]
        /// How many of them say that the recorder itself was starved.
        public var late: Int
        /// Seconds in which the recorder should have run and did not.
        public var starvedSeconds: Double
        /// The longest such time in one piece, in seconds.
        public var longestStarvationSeconds: Double
        /// Calls of the sink that threw; their samples were offered again.
        public var sinkFailures: Int
        /// How the recorder's threads were scheduled.
        public var scheduling: String
    }

    /// Ends a recording from another task or thread.
    public final class Control: Sendable {
        fileprivate let state = Mutex<(session: RecorderSession?, drain: Int64?)>((nil, nil))

        /// Makes a control for one recording.
        public init() {}

        /// Asks the recording to end: it starts no new attempts, waits for those in flight, and hands all samples to the sink.
        ///
        /// - Parameter drainSeconds: The time for attempts in flight; an attempt that is open after that is recorded as unknown.
        public func stop(drainSeconds: Double = 3) {
            let nanoseconds = Int64(max(0, min(drainSeconds, 600)) * Double(nanosecondsPerSecond))
            let session = state.withLock { held in
                held.drain = nanoseconds
                return held.session
            }
            session?.stop.request(drain: nanoseconds)
        }

        fileprivate func attach(_ session: RecorderSession) {
            let drain = state.withLock { held in
                held.session = session
                return held.drain
            }
            if let drain { session.stop.request(drain: drain) }
        }
    }

    /// Records until SIGTERM, SIGINT, the control, or cancellation of the task ends it.
    ///
    /// The first signal gives attempts in flight the configured time to end, a second signal gives them none. The sink has all
    /// samples when this returns.
    ///
    /// - Parameters:
    ///   - configuration: What is asked, and how.
    ///   - sink: Where the samples go.
    ///   - control: Ends the recording from elsewhere.
    ///   - handlesSignals: Whether SIGTERM and SIGINT end the recording.
    ///   - clockOffset: UTC minus the monotonic clock, in nanoseconds; nil measures it.
    ///   - started: Called once, when the first attempts are about to start.
    /// - Returns: What was recorded.
    /// - Throws: `RecorderError` when a probe is invalid or cannot be set up, or samples were lost.
    @discardableResult
    public static func run(
        configuration: RecorderConfiguration, sink: any SampleSink, control: Control = Control(),
        handlesSignals: Bool = true, clockOffset: Int64? = nil, started: @escaping @Sendable (Start) -> Void = { _ in }
    ) async throws -> Summary {
        let probes = try parse(configuration.probes)
        let drain = Int64(max(0, min(configuration.drainSeconds, 600)) * Double(nanosecondsPerSecond))
        let session = RecorderSession(
            probes: probes, priority: configuration.priority,
            flushInterval: Int64(max(10, min(configuration.flushMilliseconds, 60_000))) * nanosecondsPerMillisecond,
            sink: sink, clock: WallClock(offset: clockOffset),
            watching: configuration.run.map { URL(fileURLWithPath: $0) })
        let signals = handlesSignals ? StopSignals(session, drain: drain) : nil
        defer { signals?.remove() }
        try session.start { scheduling in
            started(
                Start(probes: probes.count, scheduling: scheduling, time: session.clock.timestamp(MonotonicClock.now)))
        }
        control.attach(session)
        await withTaskCancellationHandler {
            await session.wait()
        } onCancel: {
            session.stop.request(drain: drain)
        }
        let result = session.result
        if result.lost > 0 {
            throw RecorderError(
                .sinkFailed,
                ["recorder: cannot store the last \(result.lost) samples: \(result.lastError ?? "unknown failure")"],
                hint: "check the free space and the rights of the run directory")
        }
        return Summary(
            samples: result.written, late: result.late,
            starvedSeconds: Double(session.meter.total) / Double(nanosecondsPerSecond),
            longestStarvationSeconds: Double(session.meter.worst) / Double(nanosecondsPerSecond),
            sinkFailures: result.failures, scheduling: session.scheduling)
    }

    static func parse(_ specifications: [ProbeSpecification]) throws(RecorderError) -> [ParsedProbe] {
        var problems: [String] = []
        var parsed: [ParsedProbe] = []
        var names: Set<String> = []
        for specification in specifications {
            if !names.insert(specification.name).inserted {
                problems.append("probe \(specification.name): the name is used twice")
            }
            do {
                parsed.append(try specification.parsed())
            } catch {
                problems += error.problems
            }
        }
        guard problems.isEmpty else {
            throw RecorderError(.invalidProbe, problems, hint: "see the probe kinds in docs/probes.md")
        }
        return parsed
    }
}
