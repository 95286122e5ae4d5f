import RehearsalHistory
import RehearsalModel

/// Kind `amqp`: publishes a message to a durable queue and consumes it again.
struct AMQPQuestion: ProbeQuestion {
    private static let port: UInt16 = 5672
    private static let user = ProbeSetting("user", .text, .required, "the account")
    private static let password = ProbeSetting("password", .text, .required, "its password", isSecret: true)
    private static let queue = ProbeSetting("queue", .text(atMost: 255), .required, "the queue, which the probe declares")
    private static let addresses = ProbeSetting(
        "addresses", .endpoints(defaultPort: port), .foundOut("the target"), "the servers, instead of the target")
    private static let virtualHost = ProbeSetting("virtual_host", .text, .standard("/"), "the virtual host of the queue")
    private static let connectTimeout = ProbeSetting(
        "connect_timeout_s", .seconds(in: 0.05...600), .foundOut("the smaller of 3 and 10 divided by the number of servers"),
        "how long one server may take to accept a connection")
    static let kind = ProbeKind(
        "amqp", target: ProbeForm.endpoints(defaultPort: port), rightWhen: "a message comes back from a durable queue",
        detail: "the address used", settings: [user, password, queue, addresses, virtualHost, connectTimeout])

    /// The servers, in the order in which they are tried.
    let endpoints: [Endpoint]
    let user: String
    let password: String
    let virtualHost: String
    let queue: String
    /// Nanoseconds that one server may take to accept a connection.
    let connectTimeout: Int64

    init(_ probe: ProbeSpecification) throws(ProbeProblem) {
        let target = try probe.target(as: .endpoints(defaultPort: Self.port))
        endpoints = try probe.given(Self.addresses) ?? target
        user = try probe.value(of: Self.user)
        password = try probe.value(of: Self.password)
        virtualHost = try probe.value(of: Self.virtualHost)
        queue = try probe.value(of: Self.queue)
        let share = 10 * nanosecondsPerSecond / Int64(endpoints.count)
        connectTimeout = try probe.given(Self.connectTimeout) ?? min(3 * nanosecondsPerSecond, share)
    }

    func prepare() -> PreparedProbe {
        .onThread { context, due in
            var worker = AMQPWorker(question: self, context: context, firstDue: due)
            worker.run()
        }
    }
}

/// Publishes a message and consumes it again, on a thread of its own.
///
/// Messages are published on schedule on one kept connection, whether or not earlier ones have come back. When the connection
/// breaks, the messages that were under way on it have failed, and the next attempt connects to the next address, as the clients of
/// OpenStack do. Attempts that come due while it connects are published as soon as it is connected, and their latency counts from
/// the time they were due.
struct AMQPWorker {
    private struct Pending {
        var number: UInt64
        var start: Int64
        /// When the connection was there that its message went over; nil before.
        var connected: Int64?
        var before: WorkerContext.Starvation
    }

    private let context: WorkerContext
    private let client: AMQPClient
    /// When the next attempt is due, on the monotonic clock.
    private var due: Int64
    /// When the client last stopped connecting; what came due until then could not be published earlier.
    private var busyUntil: Int64 = 0
    /// The number of the newest attempt.
    private var number: UInt64 = 0
    /// Attempts whose message is under way, oldest first.
    private var pending: [Pending] = []

    init(question: AMQPQuestion, context: WorkerContext, firstDue: Int64) {
        self.context = context
        client = AMQPClient(question: question, context: context)
        due = firstDue
    }

    /// Runs until the recorder stops.
    mutating func run() {
        defer { client.disconnect() }
        while !context.stop.isAbandoned, !(context.stop.isRequested && pending.isEmpty) {
            guard publish(startDue()), !giveUpOldest() else { continue }
            consume()
        }
        settle(pending, ClientResult(outcome: .late, detail: "recorder stopped while the message was under way"))
    }

    /// Starts the attempts that are due, and hands in those that are too late to start.
    private mutating func startDue() -> [Pending] {
        let now = MonotonicClock.now
        var fresh: [Pending] = []
        while due <= now {
            if !context.gate.isClosed, !context.stop.isRequested {
                if due > busyUntil, now - due > context.specification.lateThreshold {
                    context.emitLate(due: due, now: now)
                } else {
                    number += 1
                    fresh.append(Pending(number: number, start: due <= busyUntil ? due : now, before: context.starved))
                }
            }
            due += context.specification.period
        }
        return fresh
    }

    /// Publishes the messages of new attempts, and connects first if need be; returns whether there is a connection.
    private mutating func publish(_ fresh: [Pending]) -> Bool {
        guard !fresh.isEmpty else { return true }
        if !client.isConnected {
            let failure = client.connect(deadline: MonotonicClock.now + context.specification.timeout)
            busyUntil = MonotonicClock.now
            if let failure {
                settle(fresh, failure)
                return false
            }
        }
        for var attempt in fresh {
            attempt.connected = client.connected
            pending.append(attempt)
            guard let failure = client.publish(attempt.number) else { continue }
            let rest = fresh.drop { $0.number <= attempt.number }
            settle(pending + rest, failure)
            pending = []
            break
        }
        return true
    }

    /// Gives up the oldest attempt if it has waited too long; with nothing back since it started, the connection is dead and takes
    /// all others with it. Returns whether there was such an attempt.
    private mutating func giveUpOldest() -> Bool {
        guard let first = pending.first, MonotonicClock.now - first.start >= context.specification.timeout else { return false }
        if client.lastDelivery < first.start {
            client.disconnect()
            settle(pending, ClientResult(outcome: .timeout, detail: "no message on \(client.addressText)"))
            pending = []
        } else {
            pending.removeFirst()
            settle([first], ClientResult(outcome: .timeout, detail: "the message did not come back"))
        }
        return true
    }

    /// Takes a message, or waits, until the next attempt is due or the oldest has waited too long.
    private mutating func consume() {
        let tick = MonotonicClock.now + 100 * nanosecondsPerMillisecond
        let expiry = pending.first.map { $0.start + context.specification.timeout } ?? .max
        let limit = min(context.stop.isRequested ? .max : due, tick, expiry)
        guard client.isConnected, !pending.isEmpty else {
            _ = context.wait(for: -1, events: 0, until: limit, heedsStop: true)
            return
        }
        switch client.consume(until: limit) {
        case .message(let number):
            guard let position = pending.firstIndex(where: { $0.number == number }) else { return }
            let attempt = pending.remove(at: position)
            settle([attempt], ClientResult(outcome: .ok, detail: client.addressText))
        case .nothing:
            break
        case .failed(let failure):
            settle(pending, failure)
            pending = []
        }
    }

    /// Hands in the samples of attempts that have ended.
    private func settle(_ attempts: [Pending], _ result: ClientResult) {
        let end = MonotonicClock.now
        for attempt in attempts {
            context.emit(
                start: attempt.start, connected: attempt.connected, end: end, outcome: result.outcome, detail: result.detail,
                starved: context.starved.since(attempt.before))
        }
    }
}
