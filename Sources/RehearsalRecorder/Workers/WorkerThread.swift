import CLinux
import Glibc
import RehearsalHistory

/// What a thread for a blocking probe needs: waits that end in time, and its own starvation.
///
/// Belongs to the thread that made it.
final class WorkerContext {
    let specification: ParsedProbe
    let gate: ProbeGate
    let stop: StopSignal
    private let meter: StarvationMeter
    private let clock: WallClock
    private let queue: SampleQueue
    private let event: Int32
    private let schedulerStatistics: Int32

    init(
        specification: ParsedProbe, gate: ProbeGate, stop: StopSignal, meter: StarvationMeter, clock: WallClock,
        queue: SampleQueue
    ) {
        self.specification = specification
        self.gate = gate
        self.stop = stop
        self.meter = meter
        self.clock = clock
        self.queue = queue
        event = uptime_event_create()
        schedulerStatistics = SchedulerStatistics.open("/proc/thread-self/schedstat")
        if event >= 0 { stop.add(event) }
    }

    deinit {
        if event >= 0 {
            stop.remove(event)
            close(event)
        }
        if schedulerStatistics >= 0 { close(schedulerStatistics) }
    }

    /// Nanoseconds for which this thread, or the recorder as a whole, wanted to run and did not.
    var starved: Starvation {
        Starvation(loop: meter.total, thread: SchedulerStatistics(schedulerStatistics).waited)
    }

    struct Starvation {
        var loop: Int64
        var thread: Int64

        func since(_ before: Starvation) -> Int64 { max(loop - before.loop, thread - before.thread) }
    }

    enum Wait {
        case ready(Int32)
        case time, stopped
    }

    /// Waits for a descriptor, a time, or the end of the recorder.
    ///
    /// - Parameter descriptor: -1 to wait for time alone.
    /// - Parameter heedsStop: Return at once when a stop is asked for; else only when attempts in flight must end.
    func wait(for descriptor: Int32, events: Int16, until deadline: Int64, heedsStop: Bool) -> Wait {
        while true {
            if heedsStop ? stop.isRequested : stop.isAbandoned { return .stopped }
            let limit = min(deadline, stop.drainDeadline ?? .max)
            let left = limit - MonotonicClock.now
            let milliseconds = left <= 0 ? 0 : min((left + 999_999) / nanosecondsPerMillisecond, 3_600_000)
            var entries = [
                pollfd(fd: descriptor, events: events, revents: 0),
                pollfd(fd: stop.isRequested ? -1 : event, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&entries, 2, Int32(milliseconds))
            if count > 0, entries[0].revents != 0 { return .ready(Int32(entries[0].revents)) }
            if MonotonicClock.now >= deadline { return .time }
        }
    }

    /// Hands in the sample of one attempt.
    ///
    /// - Parameter connected: When its connection was there; nil if it never was.
    func emit(start: Int64, connected: Int64?, end: Int64, outcome: SampleOutcome, detail: String?, starved: Int64) {
        let sample = specification.sample(
            start: clock.timestamp(start), latency: max(0, end - start),
            phases: Phases(connected: connected.map { max(0, $0 - start) }), outcome: outcome, detail: detail,
            starved: starved)
        queue.append(contentsOf: [sample])
    }

    /// Hands in an attempt that was not made because this thread woke too late for it.
    func emitLate(due: Int64, now: Int64) {
        queue.append(contentsOf: [
            Sample(
                probe: specification.name, start: clock.timestamp(due), latencyNanoseconds: now - due, outcome: .late,
                detail: "recorder woke \(durationText(now - due)) late")
        ])
    }
}

/// What a blocking client found.
struct ClientResult {
    var outcome: SampleOutcome
    var detail: String?
}
