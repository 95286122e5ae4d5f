import RehearsalHistory
import Synchronization

/// Finished samples, and readings of the host, on their way to the writer thread.
final class SampleQueue: Sendable {
    private let samples = Mutex<[Sample]>([])
    private let readings = Mutex<[HostReading]>([])

    /// Adds a reading of the host.
    func append(_ reading: HostReading) { readings.withLock { $0.append(reading) } }

    func takeReadings() -> [HostReading] {
        readings.withLock { held in
            defer { held = [] }
            return held
        }
    }

    /// Adds samples; waits for the lock, which is held only for a swap.
    func append(contentsOf more: [Sample]) {
        samples.withLock { $0.append(contentsOf: more) }
    }

    /// Moves all samples in, or none when the lock is not free at this instant; never waits.
    func move(_ pending: inout [Sample]) {
        let waiting = pending
        if samples.withLockIfAvailable({ $0.append(contentsOf: waiting) }) != nil {
            pending.removeAll(keepingCapacity: true)
        }
    }

    func takeAll() -> [Sample] {
        samples.withLock { held in
            let taken = held
            held = []
            return taken
        }
    }
}
