import CLinux
import Foundation
import Glibc
import RehearsalHistory
import Synchronization

/// How the recorder's threads are scheduled.
enum Scheduling {
    /// Asks for a policy for the calling thread and says what it got.
    static func apply(_ priority: RecorderConfiguration.Priority) -> String {
        if priority == .realtime, uptime_thread_realtime(10) == 0 { return "SCHED_FIFO 10" }
        if priority != .normal, uptime_thread_nice(-10) == 0 { return "nice -10" }
        return "normal"
    }
}

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

    init(
        probes: [ParsedProbe], priority: RecorderConfiguration.Priority, flushInterval: Int64,
        sink: any SampleSink, clock: WallClock = WallClock()
    ) {
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

    /// Sockets opened before the threads start, by the index of their probe.
    private struct Sockets: Sendable {
        var icmp: [Int: ICMPProbe.Socket] = [:]
        var arp: [Int: (ARPInterface, Int32)] = [:]
    }

    /// Opens what the probes need and starts the threads.
    ///
    /// - Parameter started: Called once, on the loop's thread, with how it is scheduled.
    func start(started: @escaping @Sendable (String) -> Void) throws(RecorderError) {
        _ = uptime_raise_file_limit()
        signal(SIGPIPE, SIG_IGN)
        let sockets = try openSockets()
        let wake = uptime_event_create()
        guard wake >= 0, producersEnded >= 0 else {
            throw RecorderError(.setupFailed, ["recorder: cannot make an event descriptor: \(lastErrorText())"])
        }
        let first = MonotonicClock.now + 20 * nanosecondsPerMillisecond
        let workers = probes.enumerated().filter { $0.element.isBlocking }
        producers.store(1 + workers.count, ordering: .relaxed)
        thread("rehearsal-write") { [self] in
            let writer = SampleWriter(queue: queue, sink: sink, interval: flushInterval, ended: producersEnded)
            let result = writer.run()
            outcome.withLock { $0 = result }
        }
        for (index, probe) in workers {
            let due = firstDue(index, first)
            thread("rehearsal-\(index)") { [self] in
                _ = Scheduling.apply(priority)
                runWorker(probe, due)
                producerEnded()
            }
        }
        thread("rehearsal-loop") { [self] in
            let scheduling = Scheduling.apply(priority)
            schedulingText.withLock { $0 = scheduling }
            runLoop(wake: wake, first: first, sockets: sockets) { started(scheduling) }
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

    private func openSockets() throws(RecorderError) -> Sockets {
        var sockets = Sockets()
        var problems: [String] = []
        for (index, probe) in probes.enumerated() {
            switch probe.question {
            case .icmp:
                if let socket = ICMPProbe.Socket.open() {
                    sockets.icmp[index] = socket
                } else {
                    problems.append("probe \(probe.name): cannot open a socket for ICMP: \(lastErrorText())")
                }
            case .arp(let target, let name, _):
                let found = name.map { ARPInterface(named: $0) } ?? ARPInterface.facing(target)
                guard let interface = found else {
                    let place = name.map { "interface \($0)" } ?? "an Ethernet interface with \(Endpoint.text(target)) in its network"
                    problems.append("probe \(probe.name): cannot find \(place)")
                    continue
                }
                if let descriptor = ARPProbe.open(interface) {
                    sockets.arp[index] = (interface, descriptor)
                } else {
                    problems.append("probe \(probe.name): cannot open a packet socket on \(interface.name): \(lastErrorText())")
                }
            default:
                break
            }
        }
        guard problems.isEmpty else {
            for socket in sockets.icmp.values { close(socket.descriptor) }
            for (_, descriptor) in sockets.arp.values { close(descriptor) }
            throw RecorderError(
                .setupFailed, problems, hint: "the recorder runs inside the testbed's namespaces, which give it these rights")
        }
        return sockets
    }

    private func lastErrorText() -> String { String(cString: strerror(errno)).lowercased() }

    // MARK: Threads

    private func runWorker(_ probe: ParsedProbe, _ due: Int64) {
        let context = WorkerContext(
            specification: probe, gate: gates[probe.name] ?? ProbeGate(), stop: stop, meter: meter, clock: clock,
            queue: queue)
        switch probe.question {
        case .sql(let question): SQLWorker(question: question, context: context).run(firstDue: due)
        case .amqp(let question): AMQPWorker(question: question, context: context).run(firstDue: due)
        default: break
        }
    }

    private func runLoop(wake: Int32, first: Int64, sockets: Sockets, started: () -> Void) {
        guard let loop = EventLoop(meter: meter) else { return stop.request(drain: 0) }
        var finished: [Sample] = []
        var series: [ProbeSeries] = []
        for (index, probe) in probes.enumerated() {
            guard let networkProbe = makeProbe(probe, index, loop, sockets) else { continue }
            series.append(
                ProbeSeries(
                    probe, probe: networkProbe, loop: loop, clock: clock, gate: gates[probe.name] ?? ProbeGate(),
                    firstDue: firstDue(index, first)
                ) { finished.append($0) })
        }
        loop.afterPass = { [queue] in
            if !finished.isEmpty { queue.move(&finished) }
        }
        let ending = LoopEnding(loop: loop, series: series, stop: stop, wake: wake)
        stop.add(wake)
        _ = loop.register(wake, events: uptime_readable, handler: ending)
        started()
        for each in series { each.start() }
        loop.run()
        stop.remove(wake)
        queue.append(contentsOf: finished)
    }

    private func makeProbe(
        _ probe: ParsedProbe, _ index: Int, _ loop: EventLoop, _ sockets: Sockets
    ) -> (any NetworkProbe)? {
        switch probe.question {
        case .icmp(let address):
            return sockets.icmp[index].map { ICMPProbe(address: address, socket: $0, loop: loop) }
        case .arp(let target, _, let window):
            return sockets.arp[index].map {
                ARPProbe(target: target, interface: $0.0, descriptor: $0.1, window: window, loop: loop)
            }
        case .tcp(let endpoint):
            return ConnectProbe(endpoint: endpoint, loop: loop)
        case .tcpKept(let endpoint, let reconnect):
            return KeptProbe(endpoint: endpoint, reconnect: reconnect, language: EchoProtocol(), loop: loop)
        case .http(let question):
            return HTTPProbe(question: question, loop: loop)
        case .httpKept(let question, let reconnect):
            return KeptProbe(
                endpoint: question.endpoint, reconnect: reconnect, language: KeptHTTPProtocol(question: question), loop: loop)
        case .sql, .amqp:
            return nil
        }
    }
}

/// Ends the loop: no new attempts, then time for those in flight, then no more.
private final class LoopEnding: EventHandler {
    private let loop: EventLoop
    private let series: [ProbeSeries]
    private let stop: StopSignal
    private let wake: Int32
    private var timer: UInt64?
    private var isOver = false

    init(loop: EventLoop, series: [ProbeSeries], stop: StopSignal, wake: Int32) {
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
        if series.allSatisfy(\.isIdle) { loop.schedule(at: 0) { [unowned self] in end() } }
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

extension ParsedProbe {
    /// Whether the probe's client library blocks, so that it needs a thread of its own.
    var isBlocking: Bool {
        switch question {
        case .sql, .amqp: true
        default: false
        }
    }
}
