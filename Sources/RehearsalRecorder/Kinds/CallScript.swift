import RehearsalModel

/// A sequence of HTTP calls as a service's file writes it: one block for each call, with an empty line between.
///
/// ```
/// POST /v3/auth/tokens
/// Content-Type: application/json
/// {"auth": {"identity": …}}
/// => 201
/// token = header X-Subject-Token
///
/// GET /v2.1/servers/${server}
/// X-Auth-Token: ${token}
/// => 200
/// until json server.status is ACTIVE every 1
///
/// always DELETE /v2.1/servers/${server}
/// X-Auth-Token: ${token}
/// => 204,404
/// ```
struct CallScript: Sendable, Hashable {
    /// Where in an answer a value is.
    enum Place: Sendable, Hashable {
        /// The value of a header field; names of fields do not heed case.
        case header(String)
        /// A value in a JSON body, by the names of its objects and the places in its arrays, from 0.
        case json([String])
    }

    /// One call.
    struct Call: Sendable, Hashable {
        /// Whether it is made although a call before it went wrong.
        var isAlways = false
        /// The method.
        var method: String
        /// The path, or a whole URL; may hold `${NAME}`, as headers and body may.
        var path: String
        /// Header fields, `NAME: VALUE`.
        var headers: [String] = []
        /// The body; empty for none.
        var body = ""
        /// The statuses that are right.
        var statuses: [ClosedRange<Int>] = []
        /// The values that are taken from the answer, by name.
        var captures: [Capture] = []
        /// What must be so before the next call; the call is repeated until then.
        var condition: Condition?
    }

    /// A value that is taken from an answer.
    struct Capture: Sendable, Hashable {
        /// The name.
        var name: String
        /// Where it is.
        var place: Place
    }

    /// What is waited for.
    struct Condition: Sendable, Hashable {
        /// Where the value is.
        var place: Place
        /// What it must be.
        var value: String
        /// Seconds from one call to the next.
        var interval: Double
    }

    /// The calls, in order.
    let calls: [Call]

    /// Reads a script; nil if any of it is not understood, or a call uses a name that none before it takes.
    init?(_ text: String) {
        // Every script has these: the secret of its probe, and which attempt it is.
        var known: Set<String> = ["password", "sequence"]
        var calls: [Call] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for block in lines.split(whereSeparator: { $0.allSatisfy(\.isWhitespace) }) {
            guard let call = Self.call(Array(block)) else { return nil }
            let used = ([call.path, call.body] + call.headers).flatMap(Self.names)
            guard known.isSuperset(of: used) else { return nil }
            known.formUnion(call.captures.map(\.name))
            calls.append(call)
        }
        guard !calls.isEmpty else { return nil }
        self.calls = calls
    }

    private static func call(_ lines: [Substring]) -> Call? {
        guard let first = lines[0].wholeMatch(of: #/(always +)?([A-Z]+) +(\S+) */#) else { return nil }
        guard let expected = lines.firstIndex(where: { $0.hasPrefix("=>") }),
            let statuses = ProbeForm.statuses.read(String(lines[expected].dropFirst(2).filter { !$0.isWhitespace }))
        else { return nil }
        var call = Call(isAlways: first.1 != nil, method: String(first.2), path: String(first.3), statuses: statuses)
        var body: [Substring] = []
        for line in lines[1..<expected] {
            if body.isEmpty, line.firstMatch(of: #/^[A-Za-z0-9-]+:/#) != nil {
                call.headers.append(String(line))
            } else {
                body.append(line)
            }
        }
        call.body = body.joined(separator: "\n")
        for line in lines[(expected + 1)...] {
            if let match = line.wholeMatch(of: #/([a-z][a-z0-9_]*) *= *(header|json) +(\S+) */#) {
                call.captures.append(Capture(name: String(match.1), place: place(match.2, match.3)))
            } else if call.condition == nil,
                let match = line.wholeMatch(of: #/until (header|json) +(\S+) +is +(\S+) +every +([0-9.]+) */#),
                let interval = Double(match.4), (0.05...600).contains(interval)
            {
                call.condition = Condition(place: place(match.1, match.2), value: String(match.3), interval: interval)
            } else {
                return nil
            }
        }
        return call
    }

    private static func place(_ kind: Substring, _ path: Substring) -> Place {
        kind == "header" ? .header(String(path)) : .json(path.split(separator: ".").map(String.init))
    }

    /// The names in `${NAME}`.
    private static func names(in text: String) -> [String] {
        text.matches(of: #/\$\{([a-z][a-z0-9_]*)\}/#).map { String($0.output.1) }
    }

    /// A text with the values of the names in it; nil if one of them has none.
    static func filled(_ text: String, _ values: [String: String]) -> String? {
        guard names(in: text).allSatisfy({ values[$0] != nil }) else { return nil }
        return text.replacing(#/\$\{([a-z][a-z0-9_]*)\}/#) { values[String($0.output.1)] ?? "" }
    }
}
