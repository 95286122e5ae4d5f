import Glibc

/// Ends the loop: no new attempts, then time for those in flight, on the loop and on other threads, then no more.
final class LoopEnding: EventHandler {
    private let loop: EventLoop
    private let series: [ProbeSeries]
    private let stop: StopSignal
    private let wake: Int32
    /// Whether no other thread has an attempt in flight.
    private let othersAreDone: () -> Bool
    /// How long the loop waits before it looks again whether the others are done.
    private static let look = 20 * nanosecondsPerMillisecond
    private var timer: UInt64?
    private var isOver = false

    init(loop: EventLoop, series: [ProbeSeries], stop: StopSignal, wake: Int32, othersAreDone: @escaping () -> Bool = { true }) {
        self.othersAreDone = othersAreDone
        self.loop = loop
        self.series = series
        self.stop = stop
        self.wake = wake
    }

    func handle(events: UInt32) {
        var count: UInt64 = 0
        _ = read(wake, &count, 8)
        guard let deadline = stop.drainDeadline, !isOver else { return }
        for each in series {
            each.stop()
            each.attemptEnded = { [unowned self] in endIfIdle() }
        }
        if let timer { loop.cancel(timer) }
        timer = loop.schedule(at: deadline) { [unowned self] in end() }
        endIfIdle()
    }

    private func endIfIdle() {
        guard series.allSatisfy(\.isIdle), !isOver else { return }
        let isLast = othersAreDone()
        loop.schedule(at: isLast ? 0 : MonotonicClock.now + Self.look) { [unowned self] in
            if isLast { end() } else { endIfIdle() }
        }
    }

    private func end() {
        guard !isOver else { return }
        isOver = true
        stop.request(drain: 0)
        for each in series {
            each.attemptEnded = {}
            each.abandon()
        }
        loop.stop()
    }
}
