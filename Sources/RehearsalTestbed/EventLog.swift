import RehearsalHost

/// The numbered events of a hypervisor, for those who ask later and those who wait.
public actor EventLog {
    private var events: [MachineEvent] = []
    private var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    private var nextWaiter = 0

    /// Makes an empty log.
    public init() {}

    /// Adds an event, numbered and stamped with the time of the call.
    public func append(machine: String, kind: MachineEvent.Kind, reason: String? = nil) {
        events.append(
            MachineEvent(sequence: events.count + 1, time: HostClock.wall(), machine: machine, kind: kind, reason: reason))
        let waiting = waiters
        waiters = [:]
        for waiter in waiting.values { waiter.resume() }
    }

    /// The events after a number; waits for the first for some seconds if there is none.
    public func events(after sequence: Int, wait seconds: Double) async -> [MachineEvent] {
        if events.count <= sequence, seconds > 0 {
            let waiter = nextWaiter
            nextWaiter += 1
            let bound = Task {
                try? await Task.sleep(for: .seconds(seconds))
                wake(waiter)
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { waiters[waiter] = $0 }
            } onCancel: {
                bound.cancel()
            }
            bound.cancel()
        }
        return Array(events.dropFirst(max(0, sequence)))
    }

    private func wake(_ waiter: Int) { waiters.removeValue(forKey: waiter)?.resume() }
}
