/// The form that a text of a probe must have, and the value that such a text stands for.
public struct ProbeForm<Value: Sendable>: CheckedForm {
    /// The form in words that can follow "is not": "an IPv4 address".
    public let summary: String
    /// A text of this form.
    public let example: String
    /// The value that a text stands for; `nil` if the text has another form.
    public let read: @Sendable (String) -> Value?

    /// Makes a form.
    ///
    /// - Parameters:
    ///   - summary: The form in words that can follow "is not".
    ///   - example: A text of this form.
    ///   - read: Gives the value that a text stands for, or `nil` if the text has another form.
    public init(_ summary: String, example: String, read: @escaping @Sendable (String) -> Value?) {
        self.summary = summary
        self.example = example
        self.read = read
    }

    /// Whether a text has this form.
    public func accepts(_ text: String) -> Bool { read(text) != nil }
}

/// A form without the type of its values: what a file can be checked against and a document can show.
public protocol CheckedForm: Sendable {
    /// The form in words that can follow "is not".
    var summary: String { get }
    /// A text of this form.
    var example: String { get }
    /// Whether a text has this form.
    func accepts(_ text: String) -> Bool
}

// MARK: Texts

extension ProbeForm where Value == String {
    /// Text that is not empty.
    public static var text: ProbeForm {
        ProbeForm("text", example: "probe") { $0.isEmpty || $0.utf8.contains(0) ? nil : $0 }
    }

    /// Text that is not empty and has at most so many bytes.
    public static func text(atMost bytes: Int) -> ProbeForm {
        ProbeForm("text of at most \(bytes) bytes", example: "probe") { text in
            text.utf8.count > bytes ? nil : Self.text.read(text)
        }
    }

    /// The name of a database or of a table, which needs no quoting in SQL.
    public static var sqlName: ProbeForm {
        ProbeForm("a name of at most 64 letters, digits and _", example: "rehearsal_probe") { text in
            let isName = text.utf8.allSatisfy { byte in
                (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5f
            }
            return isName && (1...64).contains(text.utf8.count) ? text : nil
        }
    }

    /// The name of a network interface.
    public static var interface: ProbeForm {
        ProbeForm("the name of an interface, at most 15 bytes", example: "br-ctlplane") { text in
            (1...15).contains(text.utf8.count) ? text : nil
        }
    }

    /// The name of a network of the topology.
    public static var network: ProbeForm {
        ProbeForm("the name of a network", example: Network.controlPlane) { $0.isEmpty ? nil : $0 }
    }

    /// One of several words.
    public static func choice(_ words: [String]) -> ProbeForm {
        let summary = words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
        return ProbeForm(summary, example: words.first ?? "") { words.contains($0) ? $0 : nil }
    }
}

extension ProbeForm where Value == Bool {
    /// One of two words, of which the first stands for true.
    public static func either(_ yes: String, or no: String) -> ProbeForm {
        ProbeForm("\(yes) or \(no)", example: yes) { $0 == yes ? true : $0 == no ? false : nil }
    }
}

// MARK: Numbers

extension ProbeForm where Value == Int {
    /// A whole number in a range.
    public static func integer(in range: ClosedRange<Int>) -> ProbeForm {
        ProbeForm("a whole number from \(range.lowerBound) to \(range.upperBound)", example: "\(range.lowerBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ProbeForm where Value == Int64 {
    /// A number of seconds in a range; the value is in nanoseconds.
    public static func seconds(in range: ClosedRange<Double>) -> ProbeForm {
        number(in: range, of: "seconds", nanoseconds: 1_000_000_000)
    }

    /// A number of milliseconds in a range; the value is in nanoseconds.
    public static func milliseconds(in range: ClosedRange<Double>) -> ProbeForm {
        number(in: range, of: "milliseconds", nanoseconds: 1_000_000)
    }

    private static func number(in range: ClosedRange<Double>, of unit: String, nanoseconds: Double) -> ProbeForm {
        func shortest(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }
        let (low, high) = (shortest(range.lowerBound), shortest(range.upperBound))
        return ProbeForm("a number of \(unit) from \(low) to \(high)", example: range.contains(1) ? "1" : low) { text in
            Double(text).flatMap { range.contains($0) ? Int64($0 * nanoseconds) : nil }
        }
    }
}

extension ProbeForm where Value == [ClosedRange<Int>] {
    /// HTTP statuses: single ones and ranges, joined by commas.
    public static var statuses: ProbeForm {
        ProbeForm("a list of HTTP statuses such as 200-399,401", example: "200-399") { text in
            var statuses: [ClosedRange<Int>] = []
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0.trimmed) }
                guard bounds.count <= 2, let first = bounds[0], let last = bounds[bounds.count - 1], first <= last, first >= 100,
                    last <= 599
                else { return nil }
                statuses.append(first...last)
            }
            return statuses
        }
    }
}

// MARK: Addresses

extension ProbeForm where Value == IPv4Address {
    /// An address.
    public static var address: ProbeForm {
        ProbeForm("an IPv4 address", example: "192.0.2.10") { IPv4Address($0) }
    }
}

extension ProbeForm where Value == Endpoint {
    /// An address and a port.
    ///
    /// - Parameter defaultPort: The port of a text without one; `nil` requires one.
    public static func endpoint(example port: UInt16, defaultPort: UInt16? = nil) -> ProbeForm {
        ProbeForm("of the form 192.0.2.10:\(port)", example: "192.0.2.10:\(port)") { Endpoint($0, defaultPort: defaultPort) }
    }
}

extension ProbeForm where Value == [Endpoint] {
    /// Addresses with or without a port, joined by commas.
    ///
    /// - Parameter defaultPort: The port of an address without one.
    public static func endpoints(defaultPort: UInt16) -> ProbeForm {
        let (first, second) = ("192.0.2.11:\(defaultPort)", "192.0.2.12:\(defaultPort)")
        return ProbeForm("of the form \(first), or several of them with commas between", example: "\(first),\(second)") { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            let endpoints = parts.compactMap { Endpoint($0.trimmed, defaultPort: defaultPort) }
            return endpoints.count == parts.count ? endpoints : nil
        }
    }
}

extension ProbeForm where Value == HTTPLocation {
    /// A URL of HTTP or HTTPS whose host is an address.
    ///
    /// - Parameter example: A URL of this form.
    public static func location(example: String) -> ProbeForm {
        ProbeForm("of the form http://192.0.2.10:8080/path or https://192.0.2.10/path", example: example) { HTTPLocation($0) }
    }
}

/// A URL of HTTP or HTTPS whose host is an address.
public struct HTTPLocation: Hashable, Sendable {
    /// Where the server is.
    public let endpoint: Endpoint
    /// The path with its query; it begins with a slash.
    public let path: String
    /// Whether connections are secured by TLS.
    public let isSecure: Bool

    /// Reads "http://192.0.2.10:8080/path" or the same with "https"; `nil` for anything else. The port is 80, or 443, unless it is given.
    public init?(_ text: String) {
        isSecure = text.hasPrefix("https://")
        let scheme = isSecure ? "https://" : "http://"
        guard text.hasPrefix(scheme) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let path = rest[end...]
        guard let endpoint = Endpoint(rest[..<end], defaultPort: isSecure ? 443 : 80), path.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            return nil
        }
        self.endpoint = endpoint
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
    }
}

extension Substring {
    /// The text without white space on either side.
    fileprivate var trimmed: Substring {
        var text = drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
