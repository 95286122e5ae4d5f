import CLinux
import Glibc
import RehearsalHistory
import RehearsalModel

/// Hands finished samples to the sink, on its own thread, so that a slow disk never holds up a probe.
struct SampleWriter {
    let queue: SampleQueue
    let sink: any SampleSink
    let interval: Int64
    /// Readable when there is nothing more to come.
    let ended: Int32

    /// What became of the samples.
    struct Outcome: Sendable {
        var written: [String: Int] = [:]
        var late: Int = 0
        var failures: Int = 0
        var lost: Int = 0
        var lastError: String?
    }

    /// How long the last batch is offered again and again to a sink that throws.
    private static let patience: Int64 = 30 * nanosecondsPerSecond

    func run() -> Outcome {
        var outcome = Outcome()
        var batch: [Sample] = []
        var readings: [HostReading] = []
        var isLast = false
        var giveUp = Int64.max
        while true {
            if !isLast {
                var entry = pollfd(fd: ended, events: Int16(POLLIN), revents: 0)
                isLast = poll(&entry, 1, Int32(interval / nanosecondsPerMillisecond)) > 0
                if isLast { giveUp = MonotonicClock.now + SampleWriter.patience }
            }
            batch += queue.takeAll()
            readings += queue.takeReadings()
            if !batch.isEmpty || !readings.isEmpty {
                do {
                    if !readings.isEmpty { try sink.append(host: readings) }
                    readings = []
                    try sink.append(batch)
                    for sample in batch {
                        outcome.written[sample.probe, default: 0] += 1
                        if sample.outcome == .late { outcome.late += 1 }
                    }
                    batch = []
                } catch {
                    outcome.failures += 1
                    outcome.lastError = error.quoted
                    if isLast {
                        if MonotonicClock.now >= giveUp {
                            outcome.lost = batch.count
                            return outcome
                        }
                        usleep(UInt32(clamping: interval / 1_000))
                    }
                    continue
                }
            }
            if isLast { return outcome }
        }
    }
}
