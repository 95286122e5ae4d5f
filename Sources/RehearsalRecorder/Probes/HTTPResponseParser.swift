/// Reads HTTP/1 responses from a stream of bytes, however it is cut.
struct HTTPResponseParser {
    struct Response: Equatable {
        var status: Int
        /// The machine that says it answered (`X-Rehearsal-Machine`).
        var machine: String?
        /// The server closes the connection after this response.
        var closes: Bool
    }

    struct Malformed: Error, Equatable {
        var reason: String
    }

    private enum State: Equatable {
        case statusLine, header, untilEnd, chunkSize, chunkEnd, trailer
        case body(Int)
        case chunk(Int)
    }

    /// Longest line accepted, in bytes.
    private static let lineLimit = 16_384
    private static let headerLimit = 200

    private var state = State.statusLine
    private var line: [UInt8] = []
    private var response = Response(status: 0, machine: nil, closes: false)
    private var length: Int?
    private var isChunked = false
    private var headers = 0
    private let isHead: Bool

    /// - Parameter method: The method of the requests; a response to `HEAD` has no body.
    init(method: String = "GET") {
        isHead = method == "HEAD"
    }

    /// Whether some bytes of a response that is not complete have been read.
    var isInside: Bool { state != .statusLine || !line.isEmpty }

    /// Takes bytes and returns the responses they complete.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(Malformed) -> [Response] {
        var done: [Response] = []
        var position = 0
        while position < bytes.count {
            switch state {
            case .body(let left), .chunk(let left):
                let taken = min(left, bytes.count - position)
                position += taken
                if case .body = state {
                    state = .body(left - taken)
                    if taken == left { done.append(complete()) }
                } else {
                    state = taken == left ? .chunkEnd : .chunk(left - taken)
                }
            case .untilEnd:
                position = bytes.count
            default:
                let byte = bytes[position]
                position += 1
                guard byte == 10 else {
                    line.append(byte)
                    if line.count > HTTPResponseParser.lineLimit { throw Malformed(reason: "a line is too long") }
                    continue
                }
                if line.last == 13 { line.removeLast() }
                let text = String(decoding: line, as: UTF8.self)
                line.removeAll(keepingCapacity: true)
                if try take(text) { done.append(complete()) }
            }
        }
        return done
    }

    /// Tells that the peer closed the connection; returns a response whose body ends there.
    mutating func finish() -> Response? {
        guard state == .untilEnd else { return nil }
        return complete()
    }

    private mutating func complete() -> Response {
        defer { self = HTTPResponseParser(method: isHead ? "HEAD" : "GET") }
        return response
    }

    /// Takes one line; returns whether the response is complete with it.
    private mutating func take(_ text: String) throws(Malformed) -> Bool {
        switch state {
        case .statusLine:
            if text.isEmpty { return false }
            let parts = text.split(separator: " ", maxSplits: 2)
            guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), parts[1].utf8.count == 3, let status = Int(parts[1]),
                (100...599).contains(status)
            else { throw Malformed(reason: "not an HTTP status line") }
            response = Response(status: status, machine: nil, closes: parts[0] == "HTTP/1.0")
            state = .header
            return false
        case .header:
            if !text.isEmpty {
                try takeHeader(text)
                return false
            }
            if response.status < 200 {
                self = HTTPResponseParser(method: isHead ? "HEAD" : "GET")
                return false
            }
            if isHead || response.status == 204 || response.status == 304 { return true }
            if isChunked {
                state = .chunkSize
            } else if let length {
                if length == 0 { return true }
                state = .body(length)
            } else {
                response.closes = true
                state = .untilEnd
            }
            return false
        case .chunkSize:
            let digits = text.prefix { $0 != ";" && $0 != " " }
            guard let size = Int(digits, radix: 16), size >= 0 else { throw Malformed(reason: "not a chunk size") }
            state = size == 0 ? .trailer : .chunk(size)
            return false
        case .chunkEnd:
            guard text.isEmpty else { throw Malformed(reason: "a chunk is longer than it says") }
            state = .chunkSize
            return false
        case .trailer:
            return text.isEmpty
        case .body, .chunk, .untilEnd:
            return false
        }
    }

    private mutating func takeHeader(_ text: String) throws(Malformed) {
        headers += 1
        guard headers <= HTTPResponseParser.headerLimit, let colon = text.firstIndex(of: ":") else {
            throw Malformed(reason: "not an HTTP header")
        }
        let name = text[..<colon].lowercased()
        var value = text[text.index(after: colon)...]
        while let first = value.first, first == " " || first == "\t" { value.removeFirst() }
        while let last = value.last, last == " " || last == "\t" { value.removeLast() }
        switch name {
        case "content-length":
            guard let number = Int(value), number >= 0, length == nil || length == number else {
                throw Malformed(reason: "not a content length")
            }
            length = number
        case "transfer-encoding":
            isChunked = value.lowercased().hasSuffix("chunked")
        case "connection":
            let tokens = value.lowercased()
            if tokens.contains("close") { response.closes = true }
            if tokens.contains("keep-alive") { response.closes = false }
        case "x-rehearsal-machine":
            response.machine = String(value.prefix(64).filter { $0.isASCII && !$0.isWhitespace })
        default:
            break
        }
    }
}

extension HTTPResponseParser.Response {
    /// The status, and the machine when it named itself.
    var detail: String { machine.map { "\(status) \($0)" } ?? "\(status)" }
}
