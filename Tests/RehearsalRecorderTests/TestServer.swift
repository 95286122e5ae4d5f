import CLinux
import Foundation
import Glibc
import Synchronization

/// A TCP server on loopback whose behaviour can be changed at any moment.
///
/// Its descriptors are closed on exec: a server that another test starts would keep connections open for good.
final class TestServer: Sendable {
    enum Language: Sendable { case echo, http }
    enum Mood: Sendable, Equatable {
        /// Answers at once.
        case serving
        /// Answers each request after some milliseconds.
        case slow(Int)
        /// Takes connections and requests, and answers none before it has another mood.
        case hanging
        /// Resets each connection, those that are open included.
        case resetting
        /// Does not listen, and resets what is open.
        case refusing
    }

    let port: UInt16
    private let language: Language
    private let response: String
    private let state: Mutex<State>

    private struct State {
        var mood = Mood.serving
        var listener: Int32 = -1
        /// The connections that are served, by their number.
        var connections: Set<Int> = []
        var accepted = 0
    }

    init(_ language: Language, response: String = TestServer.response(200)) throws {
        self.language = language
        self.response = response
        let listener = try TestServer.listen(port: 0)
        port = TestServer.port(of: listener)
        state = Mutex(State(listener: listener))
        accept(on: listener)
    }

    static func response(_ status: Int, headers: String = "X-Rehearsal-Machine: controller-1\r\n") -> String {
        "HTTP/1.1 \(status) Text\r\n\(headers)Content-Length: 3\r\n\r\nhi\n"
    }

    var accepted: Int { state.withLock { $0.accepted } }

    func become(_ mood: Mood) throws {
        var reopened: Int32?
        if state.withLock({ $0.mood == .refusing }), mood != .refusing { reopened = try TestServer.listen(port: port) }
        state.withLock { held in
            held.mood = mood
            if let reopened { held.listener = reopened }
            // Each connection and each listener is closed by its own thread alone; none answers from here on.
            if mood == .refusing || mood == .resetting { held.connections = [] }
            if mood == .refusing, held.listener >= 0 {
                shutdown(held.listener, Int32(SHUT_RDWR))
                held.listener = -1
            }
        }
        if let reopened { accept(on: reopened) }
    }

    func stop() {
        try? become(.refusing)
    }

    private func accept(on listener: Int32) {
        Thread.detachNewThread { [self] in
            while true {
                let connection = uptime_accept(listener)
                if connection < 0 {
                    if errno == EINTR || errno == ECONNABORTED { continue }
                    close(listener)
                    return
                }
                let number: Int? = state.withLock { held in
                    guard held.mood != .refusing, held.mood != .resetting else { return nil }
                    held.accepted += 1
                    held.connections.insert(held.accepted)
                    return held.accepted
                }
                guard let number else {
                    TestServer.reset(connection)
                    continue
                }
                Thread.detachNewThread { [self] in serve(connection, number) }
            }
        }
    }

    private func serve(_ connection: Int32, _ number: Int) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var request: [UInt8] = []
        func isServed() -> Bool { state.withLock { $0.connections.contains(number) } }
        while isServed() {
            var entry = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 2) > 0 else { continue }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            request += buffer[0..<count]
            while let end = endOfRequest(request) {
                let bytes = Array(request[..<end])
                request.removeFirst(end)
                if case .slow(let milliseconds) = state.withLock({ $0.mood }) { usleep(UInt32(milliseconds) * 1_000) }
                while state.withLock({ $0.mood }) == .hanging { usleep(2_000) }
                let answer = language == .echo ? bytes : Array(response.utf8)
                state.withLock { held in
                    guard held.connections.contains(number) else { return }
                    _ = answer.withUnsafeBytes { uptime_send(connection, $0.baseAddress, UInt($0.count)) }
                }
            }
        }
        if state.withLock({ $0.connections.remove(number) }) == nil {
            TestServer.reset(connection)
        } else {
            close(connection)
        }
    }

    private func endOfRequest(_ bytes: [UInt8]) -> Int? {
        if language == .echo { return bytes.firstIndex(of: 10).map { $0 + 1 } }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let head = text.range(of: "\r\n\r\n") else { return nil }
        let lengths = text[..<head.lowerBound].components(separatedBy: "\r\n").compactMap { line in
            line.lowercased().hasPrefix("content-length:") ? Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces)) : nil
        }
        let end = text[..<head.upperBound].utf8.count + (lengths.first ?? 0)
        return bytes.count >= end ? end : nil
    }

    private static func reset(_ connection: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close(connection)
    }

    struct Failure: Error { var text: String }

    private static func listen(port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        _ = uptime_option_set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        var address = uptime_address(0x7f00_0001, port)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, Glibc.listen(descriptor, 512) == 0 else { throw Failure(text: "cannot listen: \(errno)") }
        return descriptor
    }

    private static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// A port on which nothing listens.
    static func freePort() throws -> UInt16 {
        let descriptor = try listen(port: 0)
        defer { close(descriptor) }
        return port(of: descriptor)
    }
}
