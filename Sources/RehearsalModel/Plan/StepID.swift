/// A step's place in the numbered tree: "3", "3.1", "3.1.4".
public struct StepID: RawRepresentable, Hashable, Sendable {
    /// The numbers, from 1, joined by dots.
    public let rawValue: String

    /// Makes an identifier of its written form.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The identifier of a step at the root, counted from 1.
    public static func root(_ number: Int) -> StepID {
        StepID(rawValue: "\(number)")
    }

    /// The identifier of a child, counted from 1.
    public func child(_ number: Int) -> StepID {
        StepID(rawValue: "\(rawValue).\(number)")
    }

    /// Whether a step is below this one, at any depth.
    public func isAncestor(of other: StepID) -> Bool {
        other.rawValue.hasPrefix(rawValue + ".")
    }
}

extension StepID: CustomStringConvertible {
    /// The written form.
    public var description: String { rawValue }
}

extension StepID: Comparable {
    /// Orders steps as the tree lists them: "2" before "10", a parent before its children.
    public static func < (left: StepID, right: StepID) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }

    private var numbers: [Int] {
        rawValue.split(separator: ".").map { Int($0) ?? 0 }
    }
}

extension StepID: Codable {
    /// Decodes the written form.
    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    /// Encodes the written form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
