import CLinux
import Foundation
import Glibc
import RehearsalHistory
import Synchronization

/// The recorder's threads, from their start to their end.
///
/// Threads are made by the thread that calls `start`, so that they live in its network namespace.
final class RecorderSession: Sendable {
    private struct Running {
        var threads = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let stop = StopSignal()
    let meter = StarvationMeter()
    private let probes: [ParsedProbe]
    private let gates: [String: ProbeGate]
    private let priority: RecorderConfiguration.Priority
    private let flushInterval: Int64
    private let sink: any SampleSink
    private let queue = SampleQueue()
    let clock: WallClock
    private let running = Mutex(Running())
    private let producers = Atomic<Int>(0)
    private let producersEnded: Int32
    private let outcome = Mutex(SampleWriter.Outcome())
    private let schedulingText = Mutex("normal")

    /// A path on the disk that the run is recorded to; nil if the host is not watched.
    private let disk: URL?

    init(
        probes: [ParsedProbe], priority: RecorderConfiguration.Priority, flushInterval: Int64,
        sink: any SampleSink, clock: WallClock = WallClock(), watching disk: URL? = nil
    ) {
        self.disk = disk
        self.clock = clock
        self.probes = probes
        self.priority = priority
        self.flushInterval = flushInterval
        self.sink = sink
        gates = Dictionary(probes.map { ($0.name, ProbeGate()) }) { first, _ in first }
        producersEnded = uptime_event_create()
    }

    deinit {
        if producersEnded >= 0 { close(producersEnded) }
    }

    /// Holds back a probe's further attempts.
    func pause(_ probe: String) { gates[probe]?.close() }

    /// What became of the samples, once the session has ended.
    var result: SampleWriter.Outcome { outcome.withLock { $0 } }

    /// How the loop's thread is scheduled.
    var scheduling: String { schedulingText.withLock { $0 } }

    // MARK: Starting

    /// Opens what the probes need and starts the threads.
    ///
    /// - Parameter started: Called once, on the loop's thread, with how it is scheduled.
    func start(started: @escaping @Sendable (String) -> Void) throws(RecorderError) {
        _ = uptime_raise_file_limit()
        signal(SIGPIPE, SIG_IGN)
        let prepared = try prepare()
        let wake = uptime_event_create()
        guard wake >= 0, producersEnded >= 0 else {
            throw RecorderError(.setupFailed, ["recorder: cannot make an event descriptor: \(lastErrorText())"])
        }
        let first = MonotonicClock.now + 20 * nanosecondsPerMillisecond
        let workers = prepared.enumerated().compactMap { index, probe in
            if case .onThread(let run) = probe { (index, run) } else { nil }
        }
        producers.store(1 + workers.count + (disk == nil ? 0 : 1), ordering: .relaxed)
        if let disk {
            thread("rehearsal-host") { [self] in
                watchHost(disk)
                producerEnded()
            }
        }
        thread("rehearsal-write") { [self] in
            let writer = SampleWriter(queue: queue, sink: sink, interval: flushInterval, ended: producersEnded)
            let result = writer.run()
            outcome.withLock { $0 = result }
        }
        for (index, run) in workers {
            let due = firstDue(index, first)
            thread("rehearsal-\(index)") { [self] in
                _ = Scheduling.apply(priority)
                run(workerContext(probes[index]), due)
                producerEnded()
            }
        }
        thread("rehearsal-loop") { [self] in
            let scheduling = Scheduling.apply(priority)
            schedulingText.withLock { $0 = scheduling }
            runLoop(prepared, wake: wake, first: first) { started(scheduling) }
            close(wake)
            producerEnded()
        }
    }

    /// Returns when all threads have ended and every sample has been handed over.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = running.withLock { held in
                if held.threads == 0 { return true }
                held.waiters.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    private func thread(_ name: String, _ body: @escaping @Sendable () -> Void) {
        running.withLock { $0.threads += 1 }
        let thread = Thread { [self] in
            body()
            let waiters = running.withLock { held in
                held.threads -= 1
                guard held.threads == 0 else { return [CheckedContinuation<Void, Never>]() }
                defer { held.waiters = [] }
                return held.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    private func producerEnded() {
        if producers.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { StopSignal.wake(producersEnded) }
    }

    /// Spreads the probes over the first period so that they do not all ask at once.
    private func firstDue(_ index: Int, _ first: Int64) -> Int64 {
        first + probes[index].period * Int64(index) / Int64(probes.count)
    }

    /// Opens what the probes need.
    ///
    /// - Throws: All that cannot be had; whatever was opened is closed again.
    private func prepare() throws(RecorderError) -> [PreparedProbe] {
        var prepared: [PreparedProbe] = []
        var problems: [String] = []
        for probe in probes {
            do {
                prepared.append(try probe.question.prepare())
            } catch {
                problems.append("probe \(probe.name): \(error.reason)")
            }
        }
        guard problems.isEmpty else {
            for case .onLoop(_, let discard) in prepared { discard() }
            throw RecorderError(
                .setupFailed, problems, hint: "it takes root, or the rights that a testbed's namespace gives the recorder inside")
        }
        return prepared
    }

    // MARK: Threads

    private func workerContext(_ probe: ParsedProbe) -> WorkerContext {
        WorkerContext(
            specification: probe, gate: gates[probe.name] ?? ProbeGate(), stop: stop, meter: meter, clock: clock,
            queue: queue)
    }

    /// Reads how the host stands until the recorder stops.
    private func watchHost(_ disk: URL) {
        _ = Scheduling.apply(priority)
        var meter = HostMeter(disk: disk, clock: clock)
        defer { meter.close() }
        var due = MonotonicClock.now
        while !stop.isRequested {
            queue.append(meter.look())
            // An engine that may raises the recorder's threads right after its start.
            meter.yields = priority != .normal && !Scheduling.isRaised
            let now = MonotonicClock.now
            due = max(due + HostMeter.period, now)
            usleep(UInt32(clamping: max(1, (due - now) / 1_000)))
        }
        queue.append(meter.look())
    }

    private func runLoop(_ prepared: [PreparedProbe], wake: Int32, first: Int64, started: () -> Void) {
        guard let loop = EventLoop(meter: meter) else { return stop.request(drain: 0) }
        var finished: [Sample] = []
        var series: [ProbeSeries] = []
        for (index, probe) in probes.enumerated() {
            guard case .onLoop(let make, _) = prepared[index] else { continue }
            series.append(
                ProbeSeries(
                    probe, probe: make(loop), loop: loop, clock: clock, gate: gates[probe.name] ?? ProbeGate(),
                    firstDue: firstDue(index, first)
                ) { finished.append($0) })
        }
        loop.afterPass = { [queue] in
            if !finished.isEmpty { queue.move(&finished) }
        }
        let ending = LoopEnding(loop: loop, series: series, stop: stop, wake: wake) { [unowned self] in
            // This thread is the last.
            producers.load(ordering: .acquiring) <= 1
        }
        stop.add(wake)
        _ = loop.register(wake, events: uptime_readable, handler: ending)
        started()
        for each in series { each.start() }
        loop.run()
        stop.remove(wake)
        queue.append(contentsOf: finished)
    }
}

/// The text of `errno`.
func lastErrorText() -> String { String(cString: strerror(errno)).lowercased() }
