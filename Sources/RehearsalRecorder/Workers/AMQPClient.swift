import CLinux
import CRabbitMQ
import Glibc
import RehearsalHistory
import RehearsalModel

/// One connection to a RabbitMQ cluster.
final class AMQPClient {
    enum Delivery {
        /// A message of this recorder has come back; the number is that of its attempt.
        case message(UInt64)
        /// Nothing has come in time.
        case nothing
        /// The connection broke and is closed.
        case failed(ClientResult)
    }

    private let question: AMQPQuestion
    private let context: WorkerContext
    private var state: amqp_connection_state_t?
    private var descriptor: Int32 = -1
    private var addressIndex = 0
    /// Tells this recorder's messages from those of an earlier one.
    private let mark = String(UInt64.random(in: 0 ... .max), radix: 36)
    /// When a message last came back, on the monotonic clock.
    private(set) var lastDelivery: Int64 = 0
    /// When the kernel had the last connection, on the monotonic clock; nil while that is awaited.
    private(set) var connected: Int64?

    init(question: AMQPQuestion, context: WorkerContext) {
        self.question = question
        self.context = context
    }

    var isConnected: Bool { state != nil }
    var addressText: String { question.endpoints[addressIndex].description }

    /// Tries the addresses in turn, from the one used last; returns why none took the connection.
    func connect(deadline: Int64) -> ClientResult? {
        var failure: ClientResult?
        for _ in question.endpoints {
            guard MonotonicClock.now < deadline, !context.stop.isAbandoned else { break }
            failure = connectOnce(deadline: deadline)
            if failure == nil { return nil }
            disconnect()
        }
        if context.stop.isAbandoned { return ClientResult(outcome: .late, detail: "recorder stopped while connecting") }
        return failure ?? ClientResult(outcome: .timeout, detail: "not connected")
    }

    /// Closes the connection; the next one goes to the next address.
    func disconnect() {
        guard let state else {
            closeDescriptor()
            addressIndex = (addressIndex + 1) % question.endpoints.count
            return
        }
        context.stop.remove(socket: descriptor)
        // Closes the socket too, without a good-bye that a dead peer would not answer.
        amqp_destroy_connection(state)
        self.state = nil
        descriptor = -1
        addressIndex = (addressIndex + 1) % question.endpoints.count
    }

    func publish(_ number: UInt64) -> ClientResult? {
        guard let state else { return ClientResult(outcome: .reset, detail: "not connected") }
        let text = "\(mark) \(number)"
        let status = withBytes(question.queue) { queue in
            withBytes(text) { body in
                var properties = amqp_basic_properties_t()
                properties._flags = amqp_flags_t(1 << 12)  // delivery mode is set
                properties.delivery_mode = UInt8(AMQP_DELIVERY_PERSISTENT.rawValue)
                return amqp_basic_publish(state, 1, amqp_empty_bytes, queue, 0, 0, &properties, body)
            }
        }
        guard status != Int32(AMQP_STATUS_OK.rawValue) else { return nil }
        let failure = result(status, "publishing")
        disconnect()
        return failure
    }

    func consume(until deadline: Int64) -> Delivery {
        guard let state else { return .nothing }
        var timeout = interval(deadline - MonotonicClock.now)
        var envelope = amqp_envelope_t()
        amqp_maybe_release_buffers(state)
        let reply = amqp_consume_message(state, &envelope, &timeout, 0)
        if reply.reply_type == AMQP_RESPONSE_NORMAL {
            defer { amqp_destroy_envelope(&envelope) }
            lastDelivery = MonotonicClock.now
            let body = UnsafeRawBufferPointer(start: envelope.message.body.bytes, count: envelope.message.body.len)
            let parts = String(decoding: body.prefix(64), as: UTF8.self).split(separator: " ")
            guard parts.count == 2, parts[0] == mark, let number = UInt64(parts[1]) else { return .nothing }
            return .message(number)
        }
        if reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION {
            if reply.library_error == Int32(AMQP_STATUS_TIMEOUT.rawValue) { return .nothing }
            if reply.library_error == Int32(AMQP_STATUS_UNEXPECTED_STATE.rawValue) {
                var frame = amqp_frame_t()
                var short = interval(nanosecondsPerSecond)
                let status = amqp_simple_wait_frame_noblock(state, &frame, &short)
                let method = status == 0 && frame.frame_type == 1 ? frame.payload.method.id : 0
                let name = amqp_method_name(method).map { String(cString: $0) } ?? "an unexpected frame"
                let address = addressText
                disconnect()
                return .failed(ClientResult(outcome: .reset, detail: "\(address) sent \(name)"))
            }
        }
        let failure = result(reply, "consuming")
        disconnect()
        return .failed(failure)
    }

    // MARK: Connecting

    private func connectOnce(deadline: Int64) -> ClientResult? {
        let endpoint = question.endpoints[addressIndex]
        connected = nil
        if let failure = openSocket(endpoint, deadline: min(deadline, MonotonicClock.now + question.connectTimeout)) {
            return failure
        }
        guard let state = amqp_new_connection(), let socket = amqp_tcp_socket_new(state) else {
            return ClientResult(outcome: .late, detail: "no memory for a connection")
        }
        self.state = state
        amqp_tcp_socket_set_sockfd(socket, descriptor)
        context.stop.add(socket: descriptor)
        func limit() -> timeval { interval(max(nanosecondsPerMillisecond, deadline - MonotonicClock.now)) }
        var timeout = limit()
        amqp_set_handshake_timeout(state, &timeout)
        let login = rehearsal_amqp_login(state, question.virtualHost, 0, question.user, question.password)
        guard login.reply_type == AMQP_RESPONSE_NORMAL else { return result(login, "logging in") }
        timeout = limit()
        amqp_set_rpc_timeout(state, &timeout)
        amqp_channel_open(state, 1)
        if let failure = rpcFailure(state, "opening a channel") { return failure }
        return withBytes(question.queue) { queue in
            timeout = limit()
            amqp_set_rpc_timeout(state, &timeout)
            amqp_queue_declare(state, 1, queue, 0, 1, 0, 0, amqp_empty_table)
            if let failure = rpcFailure(state, "declaring the queue") { return failure }
            timeout = limit()
            amqp_set_rpc_timeout(state, &timeout)
            amqp_basic_consume(state, 1, queue, amqp_empty_bytes, 0, 1, 0, amqp_empty_table)
            return rpcFailure(state, "starting to consume")
        }
    }

    /// Opens the connection itself; nil is success.
    private func openSocket(_ endpoint: Endpoint, deadline: Int64) -> ClientResult? {
        descriptor = uptime_socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return failure(errno, "connecting to \(endpoint)") }
        _ = uptime_option_set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        if uptime_connect(descriptor, endpoint.address.bits, endpoint.port) != 0 {
            let error = errno
            guard error == EINPROGRESS else { return failure(error, "connecting to \(endpoint)") }
            switch context.wait(for: descriptor, events: Int16(POLLOUT), until: deadline, heedsStop: false) {
            case .ready: break
            case .time: return ClientResult(outcome: .timeout, detail: "no answer from \(endpoint) while connecting")
            case .stopped: return ClientResult(outcome: .late, detail: "recorder stopped while connecting")
            }
            let result = uptime_socket_error(descriptor)
            guard result == 0 else { return failure(result, "connecting to \(endpoint)") }
        }
        connected = MonotonicClock.now
        return nil
    }

    private func closeDescriptor() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    // MARK: Results

    private func failure(_ number: Int32, _ action: String) -> ClientResult {
        let failure = NetworkFailure(errno: number, while: action)
        return ClientResult(outcome: failure.outcome, detail: failure.detail)
    }

    private func rpcFailure(_ state: amqp_connection_state_t, _ action: String) -> ClientResult? {
        let reply = amqp_get_rpc_reply(state)
        return reply.reply_type == AMQP_RESPONSE_NORMAL ? nil : result(reply, action)
    }

    private func result(_ reply: amqp_rpc_reply_t, _ action: String) -> ClientResult {
        switch reply.reply_type {
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            let name = amqp_method_name(reply.reply.id).map { String(cString: $0) } ?? "an exception"
            return ClientResult(outcome: .wrong, detail: "\(addressText) sent \(name) while \(action)")
        case AMQP_RESPONSE_LIBRARY_EXCEPTION:
            return result(reply.library_error, action)
        default:
            return ClientResult(outcome: .error, detail: "no reply from \(addressText) while \(action)")
        }
    }

    private func result(_ status: Int32, _ action: String) -> ClientResult {
        let detail = "\(addressText) while \(action): \(amqp_error_string2(status).map { String(cString: $0) } ?? "failed")"
        switch status {
        case Int32(AMQP_STATUS_TIMEOUT.rawValue), Int32(AMQP_STATUS_HEARTBEAT_TIMEOUT.rawValue):
            return ClientResult(outcome: .timeout, detail: detail)
        case Int32(AMQP_STATUS_CONNECTION_CLOSED.rawValue), Int32(AMQP_STATUS_SOCKET_ERROR.rawValue),
            Int32(AMQP_STATUS_SOCKET_CLOSED.rawValue), Int32(AMQP_STATUS_TCP_ERROR.rawValue):
            return ClientResult(outcome: .reset, detail: detail)
        case Int32(AMQP_STATUS_NO_MEMORY.rawValue):
            return ClientResult(outcome: .late, detail: detail)
        default:
            return ClientResult(outcome: .error, detail: detail)
        }
    }

    private func interval(_ nanoseconds: Int64) -> timeval {
        let value = max(0, nanoseconds)
        return timeval(
            tv_sec: Int(value / nanosecondsPerSecond), tv_usec: Int(value % nanosecondsPerSecond / 1_000))
    }

    private func withBytes<Result>(_ text: String, _ body: (amqp_bytes_t) -> Result) -> Result {
        var copy = Array(text.utf8)
        return copy.withUnsafeMutableBytes { body(amqp_bytes_t(len: $0.count, bytes: $0.baseAddress)) }
    }
}
