import CLinux
import Glibc
import RehearsalHistory
import RehearsalModel

/// Why a connection ended.
enum StreamEnd {
    /// The peer closed it in order.
    case closed
    /// The kernel reported an error.
    case failed(Int32)
    /// The session that secures it cannot go on, and why.
    case insecure(String)

    /// What it means for an attempt that was doing something.
    func failure(while action: String) -> NetworkFailure {
        switch self {
        case .closed: NetworkFailure(outcome: .reset, detail: "closed while \(action)")
        case .failed(let number): NetworkFailure(errno: number, while: action)
        case .insecure(let reason): NetworkFailure(outcome: .wrong, detail: reason)
        }
    }
}

protocol StreamConnectionDelegate: AnyObject {
    func connectionOpened(_ connection: StreamConnection)
    func connection(_ connection: StreamConnection, received bytes: UnsafeRawBufferPointer)
    /// The last call; the descriptor is closed already.
    func connectionEnded(_ connection: StreamConnection, _ end: StreamEnd)
}

/// A non-blocking TCP connection on the event loop, secured by TLS or not. One that is secured is open when its handshake is over.
///
/// The loop keeps it, and it keeps its delegate, until it has ended or been closed. After either, the delegate is not
/// called again.
final class StreamConnection: EventHandler {
    private enum State { case connecting, securing, open, ended }

    private let loop: EventLoop
    private let security: StreamSecurity?
    private var session: TLSSession?
    private var endpoint: Endpoint?
    private var delegate: (any StreamConnectionDelegate)?
    private var descriptor: Int32 = -1
    private var token: UInt64 = 0
    private var state = State.connecting
    private var unsent: [UInt8] = []
    private var hasSent = false
    private var isUndelayed = false

    init(loop: EventLoop, security: StreamSecurity? = nil, delegate: any StreamConnectionDelegate) {
        self.loop = loop
        self.security = security
        self.delegate = delegate
    }

    var isOpen: Bool { state == .open }
    var hasEnded: Bool { state == .ended }

    /// Starts to connect; an immediate failure is reported before this returns.
    func connect(to endpoint: Endpoint) {
        self.endpoint = endpoint
        descriptor = uptime_socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return end(.failed(errno)) }
        if uptime_connect(descriptor, endpoint.address.bits, endpoint.port) != 0, errno != EINPROGRESS {
            return end(.failed(errno))
        }
        guard let token = loop.register(descriptor, events: uptime_readable | uptime_writable | uptime_edge, handler: self) else {
            return end(.failed(errno))
        }
        self.token = token
    }

    /// Sends as much as the kernel takes and keeps the rest until it takes more.
    func send(_ bytes: [UInt8]) {
        guard state == .open else { return }
        if let session {
            session.write(bytes)
            pass(session.takeOutgoing())
        } else {
            pass(bytes)
        }
    }

    /// Gives bytes to the network as they are.
    private func pass(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        // Nagle's algorithm holds back what is sent while something else is on its way: never the first bytes of a connection.
        if hasSent, !isUndelayed {
            isUndelayed = true
            _ = uptime_option_set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        }
        hasSent = true
        let wasEmpty = unsent.isEmpty
        unsent.append(contentsOf: bytes)
        if wasEmpty { flush() }
    }

    /// Closes without telling the delegate.
    func close() {
        guard state != .ended else { return }
        state = .ended
        delegate = nil
        release()
    }

    func handle(events: UInt32) {
        if state == .connecting {
            // A connection that came about can be written to; only one that did not has failed.
            if events & uptime_failed != 0 {
                let error = uptime_socket_error(descriptor)
                guard error == 0 else { return end(.failed(error)) }
            }
            if let security {
                session = endpoint.flatMap(security.session)
                state = .securing
                secure()
            } else {
                open()
            }
        } else if events & uptime_writable != 0 {
            flush()
        }
        // Each change is reported once, so that it is read until there is nothing more.
        guard isAlive, events & ~uptime_writable != 0 else { return }
        while isAlive {
            let count = loop.receive(descriptor) { receive($0) }
            if count == 0 { return end(.closed) }
            if count < 0 {
                let error = errno
                if error == EINTR { continue }
                if error != EAGAIN { end(.failed(error)) }
                return
            }
        }
    }

    private var isAlive: Bool { state == .open || state == .securing }

    private func open() {
        state = .open
        delegate?.connectionOpened(self)
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) {
        guard let session else {
            delegate?.connection(self, received: bytes)
            return
        }
        session.take(bytes)
        if state == .securing { secure() } else { deliver() }
    }

    /// Goes on with the handshake.
    private func secure() {
        guard let session else { return end(.insecure("no memory for TLS")) }
        let progress = session.handshake()
        pass(session.takeOutgoing())
        guard state == .securing else { return }
        switch progress {
        case .waiting: return
        case .done:
            open()
            deliver()
        case .closed: end(.closed)
        case .failed(let reason): end(.insecure(reason))
        }
    }

    /// Hands over what has come through the session.
    private func deliver() {
        guard state == .open, let session else { return }
        let progress = session.read { if state == .open { delegate?.connection(self, received: $0) } }
        guard state == .open else { return }
        pass(session.takeOutgoing())
        switch progress {
        case .waiting, .done: return
        case .closed: end(.closed)
        case .failed(let reason): end(.insecure(reason))
        }
    }

    private func flush() {
        while !unsent.isEmpty {
            let count = unsent.withUnsafeBytes { uptime_send(descriptor, $0.baseAddress, UInt($0.count)) }
            if count > 0 {
                unsent.removeFirst(count)
                continue
            }
            let error = errno
            if error == EINTR { continue }
            if error == EAGAIN { break }
            return end(.failed(error))
        }
    }

    private func end(_ reason: StreamEnd) {
        guard state != .ended else { return }
        state = .ended
        let delegate = self.delegate
        self.delegate = nil
        release()
        delegate?.connectionEnded(self, reason)
    }

    private func release() {
        guard descriptor >= 0 else { return }
        if token != 0 { loop.close(descriptor, token: token) } else { Glibc.close(descriptor) }
        descriptor = -1
    }
}
