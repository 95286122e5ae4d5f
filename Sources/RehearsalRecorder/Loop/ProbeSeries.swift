import RehearsalHistory
import RehearsalModel
import Synchronization

/// Lets another thread hold back a probe's further attempts.
final class ProbeGate: Sendable {
    private let closed = Atomic<Bool>(false)
    var isClosed: Bool { closed.load(ordering: .relaxed) }
    func close() { closed.store(true, ordering: .relaxed) }
}

/// Asks one question over the network whenever its series says so; lives on the event loop.
protocol NetworkProbe: AnyObject {
    /// Starts one attempt, which is finished now or later.
    func begin(_ attempt: Attempt)
    /// Finishes an attempt that has had its total timeout.
    func expire(_ attempt: Attempt)
    /// Gives everything back.
    func shutDown()
}

/// One attempt of a network probe, from its start to its one sample.
final class Attempt {
    let sequence: UInt64
    /// When it started, on the monotonic clock.
    let started: Int64
    fileprivate let starvedBefore: Int64
    fileprivate var timer: UInt64 = 0
    private unowned let series: ProbeSeries
    private(set) var isFinished = false
    /// When its connection was there, on the monotonic clock.
    private(set) var connected: Int64?
    /// When the first byte of the answer came, on the monotonic clock.
    private(set) var firstByte: Int64?

    fileprivate init(sequence: UInt64, started: Int64, starvedBefore: Int64, series: ProbeSeries) {
        self.sequence = sequence
        self.started = started
        self.starvedBefore = starvedBefore
        self.series = series
    }

    /// Notes that the connection is there; only the first call counts.
    func noteConnected(at time: Int64 = MonotonicClock.now) { connected = connected ?? max(time, started) }

    /// Notes that the answer begins; only the first call counts.
    func noteFirstByte() { firstByte = firstByte ?? MonotonicClock.now }

    /// Ends the attempt with its sample; later calls do nothing.
    ///
    /// - Parameter end: When the answer was there, if that was before now.
    func finish(_ outcome: SampleOutcome, _ detail: String?, at end: Int64? = nil) {
        guard !isFinished else { return }
        isFinished = true
        series.record(self, outcome, detail, end: end ?? MonotonicClock.now)
    }
}

/// Starts the attempts of one network probe on an open-loop schedule and turns them into samples.
///
/// Attempt `k` is due at `base + k × period` whatever became of earlier ones.
final class ProbeSeries {
    let specification: ParsedProbe
    private let loop: EventLoop
    private let clock: WallClock
    private let gate: ProbeGate
    private let emit: (Sample) -> Void
    private let probe: any NetworkProbe
    private var due: Int64
    private var sequence: UInt64 = 0
    private var outstanding: [UInt64: Attempt] = [:]
    /// How many attempts in a row were held back.
    private var held = 0
    /// With so many attempts that are connected and wait for an answer, a target has all it can bear: twenty, or those of 20 s, but three
    /// at least.
    static func mostWaiting(period: Int64) -> Int { Int(min(20, max(3, 20 * nanosecondsPerSecond / period))) }
    private let mostWaiting: Int
    /// How many attempts in a row were connected and had no answer in their whole time.
    private var givenUp = 0
    /// With so many attempts in a row given up, a target is still at those that nobody waits for any more.
    static let mostGivenUp = 2
    /// Which attempt in a row is made all the same while a target has all it can bear.
    static let relief = 5
    private var timer: UInt64?
    /// Called when an attempt has ended.
    var attemptEnded: () -> Void = {}

    init(
        _ specification: ParsedProbe, probe: any NetworkProbe, loop: EventLoop, clock: WallClock, gate: ProbeGate,
        firstDue: Int64, emit: @escaping (Sample) -> Void
    ) {
        self.specification = specification
        self.probe = probe
        self.loop = loop
        self.clock = clock
        self.gate = gate
        self.emit = emit
        mostWaiting = Self.mostWaiting(period: specification.period)
        due = firstDue
    }

    var isIdle: Bool { outstanding.isEmpty }

    func start() {
        timer = loop.schedule(at: due) { [unowned self] in tick() }
    }

    /// Starts no more attempts; those in flight go on.
    func stop() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    /// Ends what is still in flight as unknown and gives the probe's sockets back.
    func abandon() {
        stop()
        for attempt in outstanding.values.sorted(by: { $0.sequence < $1.sequence }) {
            attempt.finish(
                .late, "recorder stopped \(durationText(MonotonicClock.now - attempt.started)) into the attempt")
        }
        probe.shutDown()
    }

    private func tick() {
        var now = MonotonicClock.now
        while due <= now {
            let lateness = now - due
            if gate.isClosed {
                due += specification.period
                continue
            }
            if lateness > specification.lateThreshold {
                emit(
                    Sample(
                        probe: specification.name, start: clock.timestamp(due), latencyNanoseconds: lateness,
                        outcome: .late, detail: "recorder woke \(durationText(lateness)) late"))
            } else if isDrowning, held + 1 < Self.relief {
                held += 1
                emit(
                    Sample(
                        probe: specification.name, start: clock.timestamp(now), latencyNanoseconds: 0, outcome: .held,
                        detail: "\(outstanding.count) attempts wait, \(givenUp) in a row were given up"))
            } else {
                held = 0
                launch(now)
                now = MonotonicClock.now
            }
            due += specification.period
        }
        timer = loop.schedule(at: due) { [unowned self] in tick() }
    }

    /// Whether so many attempts wait, or were given up, that one more would keep the target busy with answers that nobody wants any more.
    ///
    /// An emulated HAProxy that answers nine requests a second was asked twenty times a second, and never came back by itself: it was
    /// always at requests that had been given up. An emulated Keystone that needs ten seconds for a token was asked every five. Attempts
    /// that have no connection cost the target nothing and are not counted.
    private var isDrowning: Bool {
        if givenUp >= Self.mostGivenUp { return true }
        return outstanding.count >= mostWaiting && outstanding.values.lazy.filter { $0.connected != nil }.count >= mostWaiting
    }

    private func launch(_ now: Int64) {
        sequence += 1
        let attempt = Attempt(sequence: sequence, started: now, starvedBefore: loop.meter.total, series: self)
        outstanding[sequence] = attempt
        attempt.timer = loop.schedule(at: now + specification.timeout) { [unowned self] in
            if !attempt.isFinished { probe.expire(attempt) }
        }
        probe.begin(attempt)
    }

    fileprivate func record(_ attempt: Attempt, _ outcome: SampleOutcome, _ detail: String?, end: Int64) {
        loop.cancel(attempt.timer)
        outstanding[attempt.sequence] = nil
        if outcome == .timeout, attempt.connected != nil {
            givenUp += 1
        } else if outcome != .late {
            givenUp = 0
        }
        let starved = loop.meter.total - attempt.starvedBefore + max(0, MonotonicClock.now - loop.passStart)
        emit(
            specification.sample(
                start: clock.timestamp(attempt.started), latency: max(0, end - attempt.started),
                phases: Phases(
                    connected: attempt.connected.map { $0 - attempt.started }, firstByte: attempt.firstByte.map { $0 - attempt.started }),
                outcome: outcome, detail: detail, starved: starved))
        attemptEnded()
    }
}
