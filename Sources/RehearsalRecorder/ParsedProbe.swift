import Foundation
public import RehearsalModel

/// An IPv4 address and a port.
struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// In host byte order.
    var address: UInt32
    var port: UInt16

    var addressText: String { Endpoint.text(address) }
    var description: String { "\(addressText):\(port)" }

    /// Reads `192.0.2.10:5000`.
    init?(_ text: some StringProtocol, defaultPort: UInt16? = nil) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let first = parts.first, let address = Endpoint.address(first) else { return nil }
        self.address = address
        if parts.count == 2, let port = UInt16(parts[1]), port > 0 {
            self.port = port
        } else if parts.count == 1, let defaultPort {
            port = defaultPort
        } else {
            return nil
        }
    }

    /// Reads a dotted quad into host byte order.
    static func address(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var result: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }),
                let value = UInt8(part)
            else { return nil }
            result = result << 8 | UInt32(value)
        }
        return result
    }

    static func text(_ address: UInt32) -> String {
        "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
    }
}

/// An HTTP request, ready to be sent, and what answer is right.
struct HTTPQuestion: Hashable, Sendable {
    var endpoint: Endpoint
    var path: String
    var method = "GET"
    var body: String?
    var isKept: Bool
    var expected: [ClosedRange<Int>]

    var bytes: [UInt8] {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: \(endpoint)\r\nUser-Agent: rehearsal\r\nAccept: */*\r\n"
        text += "Connection: \(isKept ? "keep-alive" : "close")\r\n"
        if let body { text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        return Array((text + "\r\n" + (body ?? "")).utf8)
    }

    func isExpected(_ status: Int) -> Bool { expected.contains { $0.contains(status) } }
}

/// What the SQL probe needs to know.
struct SQLQuestion: Hashable, Sendable {
    var endpoint: Endpoint
    var user: String
    var password: String
    var database: String
    var table: String
    var createsTable: Bool
    var isKept: Bool
    var rows: UInt64
}

/// What the AMQP probe needs to know.
struct AMQPQuestion: Hashable, Sendable {
    var endpoints: [Endpoint]
    var user: String
    var password: String
    var virtualHost: String
    var queue: String
    var connectTimeout: Int64
}

/// A probe specification that has been found to make sense.
struct ParsedProbe: Sendable {
    enum Question: Hashable, Sendable {
        case icmp(UInt32)
        case arp(UInt32, interface: String?, window: Int64)
        case tcp(Endpoint)
        case tcpKept(Endpoint, reconnect: Int64)
        case http(HTTPQuestion)
        case httpKept(HTTPQuestion, reconnect: Int64)
        case sql(SQLQuestion)
        case amqp(AMQPQuestion)
    }

    var name: String
    /// Nanoseconds from one attempt to the next.
    var period: Int64
    /// Nanoseconds after which an attempt ends as a timeout.
    var timeout: Int64
    var question: Question
    /// Texts that must appear in no sample.
    var secrets: [String]

    /// An attempt that starts later than this after its schedule is not made, and recorded as late.
    var lateThreshold: Int64 { max(20 * nanosecondsPerMillisecond, period / 2) }
}

extension ProbeSpecification {
    /// The kinds of probe the recorder knows, and the settings each of them takes.
    ///
    /// Every kind also takes `timeout_s`, the total time an attempt may take (default 10).
    public static let knownSettings: [String: Set<String>] = [
        "icmp": [],
        "arp": ["interface", "network", "window_ms"],
        "tcp": [],
        "tcp-kept": ["reconnect_s"],
        "http": ["expect", "method"],
        "http-kept": ["expect", "method", "reconnect_s"],
        "keystone": ["user", "password", "project", "user_domain", "project_domain"],
        "sql": ["user", "password", "database", "table", "create", "connection", "rows"],
        "amqp": ["user", "password", "queue", "addresses", "virtual_host", "connect_timeout_s"],
    ]

    /// Everything that keeps the recorder from using this probe; empty when it is right.
    ///
    /// No problem shows the value of a setting that may be a secret.
    public var recorderProblems: [String] {
        do {
            _ = try parsed()
            return []
        } catch {
            return error.problems
        }
    }

    /// Checks the specification and turns it into what the probes use.
    func parsed() throws(RecorderError) -> ParsedProbe {
        var reader = SettingsReader(probe: self)
        let timeout = reader.seconds("timeout_s", default: 10, in: 0.1...600)
        if name.isEmpty { reader.problem("the name is empty") }
        if name.utf8.count > 64 { reader.problem("the name is longer than 64 bytes") }
        if !(10...3_600_000).contains(periodMilliseconds) {
            reader.problem("period \(periodMilliseconds) ms is not between 10 and 3600000")
        }
        let question = reader.question()
        reader.checkNames()
        guard reader.problems.isEmpty, let question else {
            throw RecorderError(.invalidProbe, reader.problems, hint: "see the probe kinds in docs/probes.md")
        }
        return ParsedProbe(
            name: name, period: Int64(periodMilliseconds) * nanosecondsPerMillisecond, timeout: timeout,
            question: question, secrets: reader.secrets)
    }
}

/// Reads a probe's target and settings and collects every problem.
private struct SettingsReader {
    let probe: ProbeSpecification
    var problems: [String] = []
    var secrets: [String] = []

    init(probe: ProbeSpecification) {
        self.probe = probe
    }

    mutating func problem(_ text: String) {
        problems.append("probe \(probe.name): \(text)")
    }

    mutating func checkNames() {
        guard let known = ProbeSpecification.knownSettings[probe.kind] else {
            problem("unknown kind \(probe.kind); known: \(ProbeSpecification.knownSettings.keys.sorted().joined(separator: ", "))")
            return
        }
        for name in probe.settings.keys.sorted() where name != "timeout_s" && !known.contains(name) {
            let names = known.union(["timeout_s"]).sorted().joined(separator: ", ")
            problem("unknown setting \(name) for kind \(probe.kind); known: \(names)")
        }
    }

    mutating func question() -> ParsedProbe.Question? {
        switch probe.kind {
        case "icmp":
            return address().map { .icmp($0) }
        case "arp":
            let window = seconds("window_ms", default: 1_000, in: 1...10_000, scale: nanosecondsPerMillisecond)
            let interface = probe.settings["interface"]
            if let interface, interface.isEmpty || interface.utf8.count > 15 {
                problem("setting interface is not the name of an interface")
            }
            return address().map { .arp($0, interface: interface, window: window) }
        case "tcp":
            return endpoint().map { .tcp($0) }
        case "tcp-kept":
            let reconnect = seconds("reconnect_s", default: 1, in: 0.05...600)
            return endpoint().map { .tcpKept($0, reconnect: reconnect) }
        case "http":
            return http(isKept: false).map { .http($0) }
        case "http-kept":
            let reconnect = seconds("reconnect_s", default: 1, in: 0.05...600)
            return http(isKept: true).map { .httpKept($0, reconnect: reconnect) }
        case "keystone":
            return keystone().map { .http($0) }
        case "sql":
            return sql().map { .sql($0) }
        case "amqp":
            return amqp().map { .amqp($0) }
        default:
            return nil
        }
    }

    // MARK: Kinds

    private mutating func address() -> UInt32? {
        guard let address = Endpoint.address(probe.target) else {
            problem("target \(probe.target) is not an IPv4 address")
            return nil
        }
        return address
    }

    private mutating func endpoint(defaultPort: UInt16? = nil) -> Endpoint? {
        guard let endpoint = Endpoint(probe.target, defaultPort: defaultPort) else {
            problem("target \(probe.target) is not of the form 192.0.2.10:80")
            return nil
        }
        return endpoint
    }

    private mutating func location() -> (Endpoint, String)? {
        let scheme = "http://"
        let rest = probe.target.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let path = String(rest[end...])
        guard probe.target.hasPrefix(scheme), let endpoint = Endpoint(rest[..<end], defaultPort: 80),
            path.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else {
            problem("target \(probe.target) is not of the form http://192.0.2.10:8080/path")
            return nil
        }
        return (endpoint, path.hasPrefix("/") ? path : "/" + path)
    }

    private mutating func http(isKept: Bool) -> HTTPQuestion? {
        let method = probe.settings["method"] ?? "GET"
        if !["GET", "HEAD", "OPTIONS"].contains(method) {
            problem("setting method: \(method) is not GET, HEAD or OPTIONS")
        }
        let text = probe.settings["expect"] ?? "200-399"
        var expected: [ClosedRange<Int>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", omittingEmptySubsequences: false)
                .map { Int($0.trimmingCharacters(in: .whitespaces)) }
            if bounds.count <= 2, let first = bounds[0], let last = bounds[bounds.count - 1], first <= last,
                first >= 100, last <= 599
            {
                expected.append(first...last)
            } else {
                problem("setting expect: \(text) is not a list of HTTP statuses such as 200-399,401")
                break
            }
        }
        guard let (endpoint, path) = location() else { return nil }
        return HTTPQuestion(endpoint: endpoint, path: path, method: method, isKept: isKept, expected: expected)
    }

    private mutating func keystone() -> HTTPQuestion? {
        let user = required("user")
        let password = secret("password")
        let project = required("project")
        guard let (endpoint, path) = location() else { return nil }
        let domain = ["name": probe.settings["user_domain"] ?? "Default"]
        let projectDomain = ["name": probe.settings["project_domain"] ?? "Default"]
        let credentials: [String: Any] = ["name": user, "password": password, "domain": domain]
        let identity: [String: Any] = ["methods": ["password"], "password": ["user": credentials]]
        let scope: [String: Any] = ["project": ["name": project, "domain": projectDomain]]
        let body: [String: Any] = ["auth": ["identity": identity, "scope": scope]]
        guard let data = try? JSONSerialization.data(withJSONObject: body, options: [.sortedKeys]) else {
            problem("user, password or project cannot be written as JSON")
            return nil
        }
        let base = path.hasSuffix("/") ? String(path.dropLast()) : path
        return HTTPQuestion(
            endpoint: endpoint, path: base + "/auth/tokens", method: "POST",
            body: String(decoding: data, as: UTF8.self), isKept: false, expected: [201...201])
    }

    private mutating func sql() -> SQLQuestion? {
        let user = required("user")
        let password = secret("password")
        let database = required("database")
        let table = probe.settings["table"] ?? "rehearsal_probe"
        for (name, value) in [("database", database), ("table", table)] where !value.isEmpty {
            if value.utf8.count > 64 || !value.utf8.allSatisfy(SettingsReader.isIdentifier) {
                problem("setting \(name): \(value) may hold letters, digits and _ only")
            }
        }
        let creates = choice("create", ["yes": true, "no": false], default: true)
        let kept = choice("connection", ["kept": true, "new": false], default: true)
        let rows = probe.settings["rows"] ?? "1000"
        if UInt64(rows).map({ (1...1_000_000).contains($0) }) != true {
            problem("setting rows: \(rows) is not a number between 1 and 1000000")
        }
        guard let endpoint = endpoint(defaultPort: 3306) else { return nil }
        return SQLQuestion(
            endpoint: endpoint, user: user, password: password, database: database, table: table,
            createsTable: creates, isKept: kept, rows: UInt64(rows) ?? 1000)
    }

    private mutating func amqp() -> AMQPQuestion? {
        let user = required("user")
        let password = secret("password")
        let queue = required("queue")
        if queue.utf8.count > 255 { problem("setting queue is longer than 255 bytes") }
        var endpoints: [Endpoint] = []
        let text = probe.settings["addresses"] ?? probe.target
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if let endpoint = Endpoint(part.trimmingCharacters(in: .whitespaces), defaultPort: 5672) {
                endpoints.append(endpoint)
            } else {
                problem("address \(part) is not of the form 192.0.2.11:5672")
            }
        }
        let share = 10 / Double(max(1, endpoints.count))
        let timeout = seconds("connect_timeout_s", default: min(3, share), in: 0.05...600)
        guard !endpoints.isEmpty else { return nil }
        return AMQPQuestion(
            endpoints: endpoints, user: user, password: password,
            virtualHost: probe.settings["virtual_host"] ?? "/", queue: queue, connectTimeout: timeout)
    }

    // MARK: Settings

    mutating func seconds(
        _ name: String, default value: Double, in range: ClosedRange<Double>, scale: Int64 = nanosecondsPerSecond
    ) -> Int64 {
        guard let text = probe.settings[name] else { return Int64(value * Double(scale)) }
        guard let number = Double(text), range.contains(number) else {
            problem("setting \(name): \(text) is not a number between \(range.lowerBound) and \(range.upperBound)")
            return Int64(value * Double(scale))
        }
        return Int64(number * Double(scale))
    }

    private mutating func required(_ name: String) -> String {
        guard let value = probe.settings[name], !value.isEmpty, !value.utf8.contains(0) else {
            problem("setting \(name) is missing")
            return ""
        }
        return value
    }

    private mutating func secret(_ name: String) -> String {
        let value = required(name)
        if !value.isEmpty { secrets.append(value) }
        return value
    }

    private mutating func choice<Value>(_ name: String, _ values: [String: Value], default value: Value) -> Value {
        guard let text = probe.settings[name] else { return value }
        guard let chosen = values[text] else {
            problem("setting \(name): \(text) is not \(values.keys.sorted().joined(separator: " or "))")
            return value
        }
        return chosen
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            return true
        default:
            return false
        }
    }
}
