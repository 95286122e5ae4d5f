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

    /// The identifier of a fault, counted from 1; faults stand beside the tree.
    public static func fault(_ number: Int) -> StepID {
        StepID(rawValue: "F\(number)")
    }

    /// Which fault it is, counted from 1; nil for a step.
    public var faultNumber: Int? { rawValue.first == "F" ? Int(rawValue.dropFirst()) : nil }

    /// The identifier of a child, counted from 1.
    public func child(_ number: Int) -> StepID {
        StepID(rawValue: "\(rawValue).\(number)")
    }

    /// The identifier of the step that this one is part of: `3.1` for `3.1.2`, nil for `3`.
    public var parent: StepID? {
        rawValue.lastIndex(of: ".").map { StepID(rawValue: String(rawValue[..<$0])) }
    }

    /// The identifiers of all steps that this one is part of, the nearest first.
    public var ancestors: [StepID] { parent.map { [$0] + $0.ancestors } ?? [] }

    /// How many steps this one is part of: 0 for `3`, 2 for `3.1.2`.
    public var depth: Int { rawValue.utf8.count { $0 == UInt8(ascii: ".") } }

    /// Whether a step is this one or below it, at any depth.
    public func contains(_ other: StepID) -> Bool { self == other || isAncestor(of: other) }

    /// Whether a step is below this one, at any depth.
    public func isAncestor(of other: StepID) -> Bool {
        other.rawValue.hasPrefix(rawValue + ".")
    }
}

extension StepID: CustomStringConvertible {
    /// The written form.
    public var description: String { rawValue }
}

extension StepID: ExpressibleByStringLiteral {
    /// Makes an identifier of its written form.
    public init(stringLiteral written: String) { self.init(rawValue: written) }
}

extension StepID: Comparable {
    /// Orders steps as the tree lists them: "2" before "10", a parent before its children, and sub-steps that a procedure names but the
    /// plan does not number after those that it does, and faults last.
    public static func < (left: StepID, right: StepID) -> Bool {
        let (lefts, rights) = (left.numbers, right.numbers)
        return lefts == rights ? left.rawValue < right.rawValue : lefts.lexicographicallyPrecedes(rights)
    }

    private var numbers: [Int] {
        // "F2" before "F10", too.
        faultNumber.map { [.max, $0] } ?? rawValue.split(separator: ".").map { Int($0) ?? .max }
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
