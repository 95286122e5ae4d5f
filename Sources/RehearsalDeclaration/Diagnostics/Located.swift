/// A value and the place where it was written.
public struct Located<Value> {
    /// The value.
    public let value: Value
    /// Where it was written.
    public let location: SourceLocation

    /// Ties a value to the place where it was written.
    public init(_ value: Value, at location: SourceLocation) {
        self.value = value
        self.location = location
    }

    /// The transformed value, at the same place.
    public func map<Other>(_ transform: (Value) -> Other) -> Located<Other> {
        Located<Other>(transform(value), at: location)
    }
}

extension Located: Sendable where Value: Sendable {}
extension Located: Equatable where Value: Equatable {}
extension Located: Hashable where Value: Hashable {}
