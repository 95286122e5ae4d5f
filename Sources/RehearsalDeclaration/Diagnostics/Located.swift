/// A value and the place it was written at.
public struct Located<Value> {
    /// The value.
    public let value: Value
    /// Where it was written.
    public let location: SourceLocation

    /// Ties a value to the place it was written at.
    public init(_ value: Value, at location: SourceLocation) {
        self.value = value
        self.location = location
    }

    /// The same place with another value.
    public func map<Other>(_ transform: (Value) -> Other) -> Located<Other> {
        Located<Other>(transform(value), at: location)
    }
}

extension Located: Sendable where Value: Sendable {}
extension Located: Equatable where Value: Equatable {}
extension Located: Hashable where Value: Hashable {}
