import RehearsalHistory
import Synchronization

/// Finished samples on their way from the probes to the writer thread.
final class SampleQueue: Sendable {
    private let samples = Mutex<[Sample]>([])

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
