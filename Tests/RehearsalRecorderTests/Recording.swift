import Foundation
import RehearsalHistory
import RehearsalModel
import Synchronization

@testable import RehearsalRecorder

/// Keeps all samples in memory.
final class Collector: SampleSink {
    struct Full: Error {}

    private let held = Mutex<[Sample]>([])
    private let failures: Mutex<Int>

    /// - Parameter failures: How many calls throw before the first that does not.
    init(failures: Int = 0) {
        self.failures = Mutex(failures)
    }

    func append(_ samples: [Sample]) throws {
        let fails = failures.withLock { left in
            left -= 1
            return left >= 0
        }
        if fails { throw Full() }
        held.withLock { $0 += samples }
    }

    private let read = Mutex<[HostReading]>([])
    func append(host readings: [HostReading]) { read.withLock { $0 += readings } }
    /// What was read of the host.
    var readings: [HostReading] { read.withLock { $0 } }

    var samples: [Sample] { held.withLock { $0 }.sorted { $0.start < $1.start } }

    func samples(of probe: String) -> [Sample] { samples.filter { $0.probe == probe } }
}

/// Records while the body runs and returns all samples, ordered by their start.
func recorded(
    _ probes: [ProbeSpecification], drainSeconds: Double = 3, while body: (Collector) async throws -> Void
) async throws -> [Sample] {
    let collector = Collector()
    let control = Recorder.Control()
    let configuration = RecorderConfiguration(
        run: nil, probes: probes, priority: .normal, flushMilliseconds: 20, drainSeconds: drainSeconds)
    async let summary = Recorder.run(
        configuration: configuration, sink: collector, control: control, handlesSignals: false)
    do {
        try await body(collector)
    } catch {
        control.stop(drainSeconds: 0)
        _ = try? await summary
        throw error
    }
    control.stop(drainSeconds: drainSeconds)
    _ = try await summary
    return collector.samples
}

struct Impatient: Error, CustomStringConvertible {
    var description: String
}

/// Waits, generously, until the collector's samples satisfy a condition.
func wait(
    _ what: String, _ collector: Collector, seconds: Double = 240, until condition: ([Sample]) -> Bool
) async throws {
    let end = MonotonicClock.now + Int64(seconds * 1e9)
    while !condition(collector.samples) {
        guard MonotonicClock.now < end else { throw Impatient(description: "waited for \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

func now() -> Timestamp { WallClock().timestamp(MonotonicClock.now) }

/// Seconds by which two readings of the two clocks may differ.
let clockSlack: Int64 = 5_000_000

/// A time in which the target was certainly dark, inside one in which it may have been.
struct Dark {
    /// Just before and just after it went dark.
    var begin: (Timestamp, Timestamp)
    /// Just before and just after it came back.
    var end: (Timestamp, Timestamp)

    /// The samples that contradict it.
    func contradictions(in samples: [Sample]) -> [Sample] {
        samples.filter { sample in
            if sample.outcome == .late { return false }
            let finished = sample.start.advanced(byNanoseconds: sample.latencyNanoseconds)
            let isInside =
                sample.start > begin.1.advanced(byNanoseconds: clockSlack)
                && sample.start < end.0.advanced(byNanoseconds: -clockSlack)
            let isOutside =
                finished < begin.0.advanced(byNanoseconds: -clockSlack)
                || sample.start > end.1.advanced(byNanoseconds: clockSlack)
            if isInside {
                // Good only if the answer came after the dark was over.
                return sample.outcome == .ok && finished < end.0.advanced(byNanoseconds: -clockSlack)
            }
            return isOutside && sample.outcome != .ok
        }
    }

    /// The samples that certainly started in the dark.
    func inside(_ samples: [Sample]) -> [Sample] {
        samples.filter { $0.start > begin.1 && $0.start < end.0 && $0.outcome != .late }
    }
}

/// Makes the target dark for a while.
///
/// - Parameters:
///   - seconds: For how long at least.
///   - seen: Waits, with the time from which on it was certainly dark, for what the test is about: a recorder that gets no processor may
///     see nothing for longer than the target is dark.
func dark(
    seconds: Double, until seen: (_ begun: Timestamp) async throws -> Void = { _ in }, off: () throws -> Void, on: () throws -> Void
) async throws -> Dark {
    let begin = now()
    try off()
    let begun = now()
    try await Task.sleep(for: .seconds(seconds))
    try await seen(begun)
    let end = now()
    try on()
    return Dark(begin: (begin, begun), end: (end, now()))
}
