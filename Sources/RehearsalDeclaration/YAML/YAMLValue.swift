import RehearsalModel
import Yams

/// One value of a YAML document, read as the type its reader expects.
///
/// Every reading method reports a value of another type or out of range, and returns `nil` for it.
struct YAMLValue {
    let node: Node
    /// The name of the value in messages ("networks.ctlplane.cidr").
    let path: String
    let file: String
    let sink: DiagnosticSink

    /// The root of a document. A document that cannot be parsed is reported, and gives `nil`.
    static func document(text: String, file: String, sink: DiagnosticSink) -> YAMLValue? {
        var composer = YAMLComposer(text: text, file: file, sink: sink)
        return composer.compose().map { YAMLValue(node: $0, path: "", file: file, sink: sink) }
    }

    var location: SourceLocation {
        Self.location(of: node, in: file)
    }

    static func location(of node: Node, in file: String) -> SourceLocation {
        SourceLocation(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    func error(_ message: String, hint: String? = nil) {
        sink.error(path.isEmpty ? message : "\(path): \(message)", at: location, hint: hint)
    }

    func child(_ name: String, _ node: Node) -> YAMLValue {
        YAMLValue(node: node, path: path.isEmpty ? name : "\(path).\(name)", file: file, sink: sink)
    }

    private var tag: Tag.Name {
        Tag.Name(rawValue: node.tag.rawValue)
    }

    // MARK: Scalars

    func text() -> Located<String>? {
        guard case .scalar(let scalar) = node, tag == .str else {
            return mismatch("text", hint: node.scalar != nil && tag != .null ? "put it in quotes" : nil)
        }
        guard !scalar.string.isEmpty else {
            error("expected text, found empty text")
            return nil
        }
        return Located(scalar.string, at: location)
    }

    /// Text, or a number or truth value taken as text.
    func scalarText() -> Located<String>? {
        guard case .scalar(let scalar) = node, tag != .null else { return mismatch("text") }
        return Located(scalar.string, at: location)
    }

    func integer<Value: FixedWidthInteger>(in range: ClosedRange<Value>) -> Located<Value>? {
        guard case .scalar(let scalar) = node, tag == .int else {
            return mismatch("a whole number", hint: node.string.flatMap { Int($0) } == nil ? nil : "remove the quotes")
        }
        guard let value = Value(scalar.string), range.contains(value) else {
            let limits =
                range.upperBound == Value.max
                ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
            error("\(scalar.string) is out of range", hint: "give \(limits)")
            return nil
        }
        return Located(value, at: location)
    }

    /// A number of seconds of at least zero, or greater than zero.
    func number(positive: Bool = false) -> Located<Double>? {
        guard case .scalar(let scalar) = node, tag == .int || tag == .float else {
            return mismatch("a number", hint: node.string.flatMap { Double($0) } == nil ? nil : "remove the quotes")
        }
        guard let value = Double(scalar.string), value.isFinite, positive ? value > 0 : value >= 0, value <= DurationText.mostSeconds else {
            let isTooMuch = Double(scalar.string).map { $0 > DurationText.mostSeconds } ?? false
            error(
                "\(scalar.string) is out of range",
                hint: isTooMuch ? "give at most \(Int(DurationText.mostSeconds))" : positive ? "give more than 0" : "give 0 or more")
            return nil
        }
        return Located(value, at: location)
    }

    // MARK: Collections

    func list() -> [YAMLValue]? {
        guard case .sequence(let sequence) = node else { return mismatch("a list") }
        return sequence.enumerated().map { index, node in
            YAMLValue(node: node, path: "\(path)[\(index)]", file: file, sink: sink)
        }
    }

    /// A list of texts. One that is listed twice is reported, and is returned once.
    func texts() -> [Located<String>]? {
        guard let texts = list()?.compactMap({ $0.text() }) else { return nil }
        var seen: Set<String> = []
        return texts.filter { text in
            let isNew = seen.insert(text.value).inserted
            if !isNew {
                sink.error("\(path): \"\(text.value)\" is listed twice", at: text.location, hint: "keep one of them")
            }
            return isNew
        }
    }

    /// A mapping whose keys its author is free to choose.
    func entries() -> [(key: Located<String>, value: YAMLValue)]? {
        guard case .mapping(let mapping) = node else { return mismatch("a mapping") }
        return mapping.compactMap { key, value in
            guard let name = key.scalar?.string, !name.isEmpty else {
                sink.error(
                    path.isEmpty ? "a key is not text" : "\(path): a key is not text",
                    at: Self.location(of: key, in: file))
                return nil
            }
            return (Located(name, at: Self.location(of: key, in: file)), child(name, value))
        }
    }

    /// Reports a mapping without entries.
    func expectNotEmpty() {
        if node.mapping?.isEmpty ?? false {
            error("expected at least one entry, found none")
        }
    }

    /// A mapping with known keys. Unknown keys and missing required keys are reported.
    func record(required: [String] = [], optional: [String] = []) -> YAMLRecord? {
        guard let entries = entries() else { return nil }
        let known = required + optional
        var values: [String: YAMLValue] = [:]
        for (key, value) in entries {
            if known.contains(key.value) {
                values[key.value] = value
            } else {
                let whose = path.isEmpty ? "" : "\(path): "
                sink.error(
                    "\(whose)unknown key \"\(key.value)\"", at: key.location,
                    hint: Suggestion.hint(for: key.value, among: known, kind: "keys"))
            }
        }
        for key in required where values[key] == nil {
            error("missing key \"\(key)\"", hint: "add it")
        }
        return YAMLRecord(location: location, values: values)
    }

    // MARK: Messages

    private func mismatch<Value>(_ expected: String, hint: String? = nil) -> Value? {
        error("expected \(expected), found \(found)", hint: hint)
        return nil
    }

    private var found: String {
        switch node {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar):
            switch tag {
            case .null: "nothing"
            case .bool: "the truth value \(scalar.string)"
            case .int, .float: "the number \(scalar.string)"
            default: "\"\(scalar.string)\""
            }
        }
    }
}
