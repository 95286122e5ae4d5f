/// A mapping with known keys.
struct YAMLRecord {
    let location: SourceLocation
    private(set) var values: [String: YAMLValue]

    subscript(key: String) -> YAMLValue? {
        values[key]
    }

    /// Takes the values of another record in place of its own under the same keys.
    mutating func replace(with other: YAMLRecord) { values.merge(other.values) { $1 } }
}
