import CLinux
import Glibc
import RehearsalModel

/// Why a connection ended.
enum StreamEnd {
    /// The peer closed it in order.
    case closed
    /// The kernel reported an error.
    case failed(Int32)
}

protocol StreamConnectionDelegate: AnyObject {
    func connectionOpened(_ connection: StreamConnection)
    func connection(_ connection: StreamConnection, received bytes: UnsafeRawBufferPointer)
    /// The last call; the descriptor is closed already.
    func connectionEnded(_ connection: StreamConnection, _ end: StreamEnd)
}

/// A non-blocking TCP connection on the event loop.
///
/// The loop keeps it, and it keeps its delegate, until it has ended or been closed. After either, the delegate is not
/// called again.
final class StreamConnection: EventHandler {
    private enum State { case connecting, open, ended }

    private let loop: EventLoop
    private var delegate: (any StreamConnectionDelegate)?
    private var descriptor: Int32 = -1
    private var token: UInt64 = 0
    private var state = State.connecting
    private var unsent: [UInt8] = []

    init(loop: EventLoop, delegate: any StreamConnectionDelegate) {
        self.loop = loop
        self.delegate = delegate
    }

    var isOpen: Bool { state == .open }
    var hasEnded: Bool { state == .ended }

    /// Starts to connect; an immediate failure is reported before this returns.
    func connect(to endpoint: Endpoint) {
        descriptor = uptime_socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return end(.failed(errno)) }
        _ = uptime_option_set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        if uptime_connect(descriptor, endpoint.address.bits, endpoint.port) != 0, errno != EINPROGRESS {
            return end(.failed(errno))
        }
        guard let token = loop.register(descriptor, events: uptime_writable, handler: self) else {
            return end(.failed(errno))
        }
        self.token = token
    }

    /// Sends as much as the kernel takes and keeps the rest until it takes more.
    func send(_ bytes: [UInt8]) {
        guard state == .open else { return }
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
            let error = uptime_socket_error(descriptor)
            guard error == 0 else { return end(.failed(error)) }
            state = .open
            loop.modify(descriptor, token: token, events: uptime_readable)
            delegate?.connectionOpened(self)
            return
        }
        if events & uptime_writable != 0 { flush() }
        guard state == .open, events & ~uptime_writable != 0 else { return }
        while state == .open {
            let count = loop.receive(descriptor) { delegate?.connection(self, received: $0) }
            if count == 0 { return end(.closed) }
            if count < 0 {
                let error = errno
                if error == EINTR { continue }
                if error != EAGAIN { end(.failed(error)) }
                return
            }
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
        loop.modify(descriptor, token: token, events: unsent.isEmpty ? uptime_readable : uptime_readable | uptime_writable)
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
        if token != 0 { loop.unregister(descriptor, token: token) }
        Glibc.close(descriptor)
        descriptor = -1
    }
}
