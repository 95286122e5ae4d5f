/// A mapping with known keys.
struct YAMLRecord {
    let location: SourceLocation
    let values: [String: YAMLValue]

    subscript(key: String) -> YAMLValue? {
        values[key]
    }
}
