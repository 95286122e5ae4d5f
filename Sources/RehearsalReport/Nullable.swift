/// A value that is written as null when there is none, so that its key is always there.
@propertyWrapper
public struct Nullable<Value: Encodable>: Encodable {
    /// The value.
    public var wrappedValue: Value?

    /// Wraps a value; without this, memberwise initializers would ask for the wrapper instead of the value.
    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    /// Writes the value or null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}
