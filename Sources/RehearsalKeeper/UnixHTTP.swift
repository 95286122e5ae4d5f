import Foundation
import Glibc
import PlainHTTP
import RehearsalHost

/// One HTTP request over a unix socket, one connection each.
enum UnixHTTP {
    struct Response {
        var status: Int
        var body: Data
    }

    /// Why there is no response.
    enum Failure: Error {
        /// There is no socket file.
        case noSocket
        /// Nobody listens on the socket.
        case refused
        /// The connection ended before the response did.
        case ended
        /// The response did not come in time.
        case timeout
        /// A system call failed.
        case system(String)
        /// The response is not HTTP.
        case malformed
    }

    /// Sends a request on a thread of its own, so that waiting holds up nobody.
    static func request(
        directory: String, method: String, target: String, body: Data?, timeout seconds: Double
    ) async throws -> Response {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                continuation.resume(
                    with: Result { try exchange(directory: directory, method: method, target: target, body: body, timeout: seconds) })
            }
            thread.stackSize = 1 << 19
            thread.start()
        }
    }

    /// A connected socket to the keeper of a directory, however long the directory's path is.
    static func connect(directory: String) throws -> Int32 {
        let parent = open(directory, openPathOnly | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw errno == ENOENT ? Failure.noSocket : .system(lastSystemError()) }
        defer { close(parent) }
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw Failure.system(lastSystemError()) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: "/proc/self/fd/\(parent)/\(KeeperFiles.socket)".utf8)
        }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else {
            let error = errno
            close(socket)
            switch error {
            case ENOENT: throw Failure.noSocket
            case ECONNREFUSED: throw Failure.refused
            default: throw Failure.system(String(cString: strerror(error)))
            }
        }
        return socket
    }

    private static func exchange(
        directory: String, method: String, target: String, body: Data?, timeout seconds: Double
    ) throws -> Response {
        let socket = try connect(directory: directory)
        defer { close(socket) }
        var head = "\(method) \(target) HTTP/1.1\r\nHost: keeper\r\nConnection: close\r\n"
        head += "Content-Length: \(body?.count ?? 0)\r\n"
        if body != nil { head += "Content-Type: application/json\r\n" }
        try sendAll(Data((head + "\r\n").utf8) + (body ?? Data()), to: socket)
        return try parse(try receive(from: socket, deadline: HostClock.monotonicSeconds() + seconds))
    }

    private static func sendAll(_ data: Data, to socket: Int32) throws {
        var rest = data[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw errno == EPIPE || errno == ECONNRESET ? Failure.ended : .system(lastSystemError()) }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads until the announced length, or to the end.
    private static func receive(from socket: Int32, deadline: Double) throws -> Data {
        var data = Data()
        var needed: Int?
        var buffer = [UInt8](repeating: 0, count: 65536)
        while needed.map({ data.count < $0 }) ?? true {
            let remaining = deadline - HostClock.monotonicSeconds()
            var poller = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            let ready = poll(&poller, 1, Int32(max(0, min(remaining, 1e6) * 1000)))
            if ready < 0, errno == EINTR { continue }
            guard ready != 0 else { throw Failure.timeout }
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            if count == 0 { break }
            guard count > 0 else { throw errno == ECONNRESET ? Failure.ended : .system(lastSystemError()) }
            data.append(contentsOf: buffer[0..<count])
            if needed == nil, let head = HTTPResponseHead(data), let length = head.bodyLength { needed = head.size + length }
        }
        if let needed, data.count < needed { throw Failure.ended }
        if data.isEmpty { throw Failure.ended }
        return data
    }

    static func parse(_ data: Data) throws -> Response {
        guard let head = HTTPResponseHead(data) else { throw Failure.malformed }
        return Response(status: head.status, body: Data(data[head.size...]))
    }
}
