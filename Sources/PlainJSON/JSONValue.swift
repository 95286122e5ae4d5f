/// A value that JSON can hold, for what has no type of its own: Heat's parameters, and what templates may speak of.
public indirect enum JSONValue: Sendable, Hashable, Codable {
    /// No value.
    case null
    /// A truth value.
    case bool(Bool)
    /// A number; a whole one is written without a fraction.
    case number(Double)
    /// Text.
    case string(String)
    /// Values in order.
    case array([JSONValue])
    /// Values by name.
    case object([String: JSONValue])

    /// A whole number.
    public static func integer(_ value: Int) -> JSONValue { .number(Double(value)) }

    /// The value of that name in an object; nil for anything else.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let values) = self else { return nil }
        return values[name]
    }

    /// The value as dictionaries, arrays, strings, numbers and truth values, as template engines take it; nil inside for `null`.
    public var untyped: any Sendable {
        switch self {
        case .null: Optional<String>.none
        case .bool(let value): value
        case .number(let value): Int(exactly: value).map { $0 as any Sendable } ?? value
        case .string(let value): value
        case .array(let values): values.map(\.untyped)
        case .object(let values): values.mapValues(\.untyped)
        }
    }

    /// Decodes plain JSON.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Encodes plain JSON.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value):
            if let whole = Int(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
        case .string(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByArrayLiteral
{
    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An object; the last of several values of one name counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
    /// Values in order.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}
