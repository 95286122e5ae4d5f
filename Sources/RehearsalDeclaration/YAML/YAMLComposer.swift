import Yams

/// Turns YAML text into nodes, with every syntax problem and every duplicate key reported.
///
/// The parser gives up at the first mapping with a duplicate key, and names only one place of the key. The composer masks
/// the key there, in a copy of the text: a private-use character replaces its first letter, so that all places stay the
/// same. The copy is parsed again until no duplicates are left. Then the masked keys are reported and removed.
struct YAMLComposer {
    private let file: String
    private let sink: DiagnosticSink
    private var scalars: [Unicode.Scalar]
    /// The first letter of each masked key, by the private-use character that replaces it.
    private var masked: [Unicode.Scalar: Unicode.Scalar] = [:]

    init(text: String, file: String, sink: DiagnosticSink) {
        self.file = file
        self.sink = sink
        scalars = Array(text.unicodeScalars)
    }

    /// The root of the document. A document that is empty or cannot be parsed is reported, and gives `nil`.
    mutating func compose() -> Node? {
        while true {
            do {
                guard let root = try Yams.compose(yaml: text) else {
                    sink.error("the file is empty", at: SourceLocation(file: file), hint: "write it, or remove it")
                    return nil
                }
                return unmasking(root)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                guard let key = keys.first, mask(key, at: context.mark) else {
                    sink.error(
                        "key \"\(keys.first ?? "")\" is given twice", at: location(context.mark),
                        hint: "keep one of them")
                    return nil
                }
            } catch {
                report(error)
                return nil
            }
        }
    }

    private var text: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private func location(_ mark: Mark?) -> SourceLocation {
        SourceLocation(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    // MARK: Duplicate keys

    private mutating func mask(_ key: String, at mark: Mark) -> Bool {
        guard let substitute = Unicode.Scalar(0xE000 + UInt32(masked.count)), masked.count < 0x1000,
            let first = key.unicodeScalars.first, var index = self.index(of: mark)
        else { return false }
        if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard scalars.indices.contains(index), scalars[index] == first else { return false }
        scalars[index] = substitute
        masked[substitute] = first
        return true
    }

    private func index(of mark: Mark) -> Int? {
        var line = 1
        var start = 0
        while line < mark.line {
            guard let end = scalars[start...].firstIndex(of: "\n") else { return nil }
            start = end + 1
            line += 1
        }
        let index = start + mark.column - 1
        return scalars.indices.contains(index) ? index : nil
    }

    /// The tree with the original keys. Of a key that is given more than once, the first stays and the others are reported.
    private func unmasking(_ node: Node) -> Node {
        guard !masked.isEmpty else { return node }
        switch node {
        case .mapping(let mapping):
            var first: [Node: SourceLocation] = [:]
            var kept: [(Node, Node)] = []
            for (key, value) in mapping {
                let key = original(key)
                if let first = first[key] {
                    sink.error(
                        "key \"\(key.string ?? "")\" is given twice, first in line \(first.line)",
                        at: location(key.mark), hint: "keep one of them")
                } else {
                    first[key] = location(key.mark)
                    kept.append((key, unmasking(value)))
                }
            }
            return .mapping(Node.Mapping(kept, mapping.tag, mapping.style, mapping.mark))
        case .sequence(let sequence):
            return .sequence(
                Node.Sequence(sequence.map(unmasking), sequence.tag, sequence.style, sequence.mark))
        case .scalar, .alias:
            return node
        }
    }

    /// The key that a masked key stands for; any other key itself.
    private func original(_ key: Node) -> Node {
        guard case .scalar(var scalar) = key, let first = scalar.string.unicodeScalars.first,
            let trueFirst = masked[first]
        else { return key }
        scalar.string = String(trueFirst) + String(scalar.string.unicodeScalars.dropFirst())
        return .scalar(scalar)
    }

    // MARK: Syntax

    private func report(_ error: any Error) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            let circumstance = context.map { " \($0.text) begun in line \($0.mark.line)" } ?? ""
            sink.error(
                "not valid YAML: \(problem)\(circumstance)", at: location(mark),
                hint: "look for a missing colon, quote or bracket, and for tabs or uneven indentation")
        case .composer(_, let problem, let mark, _):
            sink.error(
                "not valid YAML: \(problem.replacing("but found", with: "found"))", at: location(mark),
                hint: "keep to one document in a file, and define an anchor before its aliases")
        case .reader(let problem, let offset, _, _):
            sink.error(
                "not valid YAML: \(problem)", at: location(ofOffset: offset ?? 0),
                hint: "remove the control character")
        default:
            sink.error("not valid YAML: \(error)", at: SourceLocation(file: file))
        }
    }

    private func location(ofOffset offset: Int) -> SourceLocation {
        let before = text.prefix(offset)
        let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
        return SourceLocation(
            file: file, line: max(1, lines.count), column: (lines.last?.unicodeScalars.count ?? 0) + 1)
    }
}
