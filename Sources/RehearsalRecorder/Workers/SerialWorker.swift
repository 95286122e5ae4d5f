/// A client that makes one attempt at a time and blocks its thread meanwhile.
protocol SerialClient {
    /// When the kernel had the connection of the last attempt, on the monotonic clock; nil while that is awaited, or if it never had one.
    var connected: Int64? { get }
    /// Makes an attempt, and is back by its deadline.
    ///
    /// - Parameter sequence: Counts the attempts from 1.
    func exchange(sequence: UInt64, deadline: Int64) -> ClientResult
    /// Gives back what is open.
    func disconnect()
}

/// Has a client make attempts on schedule, on a thread of its own.
///
/// One attempt is made at a time. An attempt that comes due meanwhile is not left out: it gets the outcome of the first exchange
/// that starts after it was due, and its latency counts from the time it was due.
struct SerialWorker<Client: SerialClient> {
    let client: Client
    let context: WorkerContext

    /// Runs until the recorder stops.
    ///
    /// - Parameter firstDue: When the first attempt is due, on the monotonic clock.
    func run(firstDue: Int64) {
        let specification = context.specification
        var due = firstDue
        var sequence: UInt64 = 0
        var busyUntil: Int64 = 0
        defer { client.disconnect() }
        while true {
            if case .stopped = context.wait(for: -1, events: 0, until: due, heedsStop: true) { return }
            var now = MonotonicClock.now
            var starts: [Int64] = []
            while due <= now {
                if !context.gate.isClosed {
                    if due <= busyUntil {
                        starts.append(due)
                    } else if now - due > specification.lateThreshold {
                        context.emitLate(due: due, now: now)
                    } else {
                        starts.append(now)
                    }
                }
                due += specification.period
            }
            guard !starts.isEmpty else { continue }
            now = MonotonicClock.now
            sequence += 1
            let before = context.starved
            let result = client.exchange(sequence: sequence, deadline: now + specification.timeout)
            let starved = context.starved.since(before)
            busyUntil = MonotonicClock.now
            for start in starts {
                var detail = result.detail
                if start < now, now - start > 20 * nanosecondsPerMillisecond {
                    detail = (detail.map { $0 + ", " } ?? "") + "waited \(durationText(now - start)) for the one before"
                }
                context.emit(
                    start: start, connected: client.connected, end: busyUntil, outcome: result.outcome, detail: detail, starved: starved)
            }
        }
    }
}
