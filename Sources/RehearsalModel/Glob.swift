/// A pattern in which `*` stands for any number of characters, including none ("python3-keystone*").
public struct Glob: Hashable, Sendable {
    /// The pattern as written.
    public let pattern: String

    /// Makes a pattern. Every text is a valid one.
    public init(_ pattern: String) {
        self.pattern = pattern
    }

    /// Whether the pattern matches the whole text.
    public func matches(_ text: String) -> Bool {
        let pattern = Array(self.pattern.utf8)
        let text = Array(text.utf8)
        let star = UInt8(ascii: "*")
        var p = 0
        var t = 0
        var retry: (p: Int, t: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == star {
                retry = (p + 1, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = retry {
                retry = (last.p, last.t + 1)
                p = last.p
                t = last.t + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == star }
    }
}

extension Glob: ExpressibleByStringLiteral {
    /// The pattern as written.
    public init(stringLiteral value: String) { self.init(value) }
}

extension Glob: CustomStringConvertible {
    /// The pattern as written.
    public var description: String { pattern }
}

extension Glob: Codable {
    /// Decodes the pattern as written.
    public init(from decoder: any Decoder) throws {
        pattern = try decoder.singleValueContainer().decode(String.self)
    }

    /// Encodes the pattern as written.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(pattern)
    }
}
