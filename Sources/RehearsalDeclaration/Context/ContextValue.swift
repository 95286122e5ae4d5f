/// A value a template can use: what JSON can say, with whole numbers.
public indirect enum ContextValue: Hashable, Sendable {
    /// Text.
    case string(String)
    /// A whole number.
    case number(Int)
    /// A truth value.
    case bool(Bool)
    /// Values in order.
    case list([ContextValue])
    /// Values by name.
    case object([String: ContextValue])

    /// The value as dictionaries, arrays, strings, numbers and truth values, as template engines take it.
    public var untyped: any Sendable {
        switch self {
        case .string(let text): text
        case .number(let number): number
        case .bool(let truth): truth
        case .list(let values): values.map(\.untyped)
        case .object(let values): values.mapValues(\.untyped)
        }
    }

    /// The value of that name in an object; `nil` for anything else.
    public subscript(name: String) -> ContextValue? {
        guard case .object(let values) = self else { return nil }
        return values[name]
    }
}

extension ContextValue: Codable {
    /// Decodes plain JSON.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let truth = try? container.decode(Bool.self) {
            self = .bool(truth)
        } else if let number = try? container.decode(Int.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let values = try? container.decode([ContextValue].self) {
            self = .list(values)
        } else {
            self = .object(try container.decode([String: ContextValue].self))
        }
    }

    /// Encodes plain JSON.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .bool(let truth): try container.encode(truth)
        case .list(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }
}

extension ContextValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .number(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}
