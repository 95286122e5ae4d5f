import Markup

/// XML as it is written: indented, escaped, attributes in the order given.
struct XMLText {
    private(set) var text = ""
    private var depth = 0

    mutating func open(_ name: String, _ attributes: KeyValuePairs<String, String> = [:]) {
        line("<\(name)\(Self.render(attributes))>")
        depth += 1
    }

    mutating func close(_ name: String) {
        depth -= 1
        line("</\(name)>")
    }

    mutating func leaf(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String? = nil) {
        let start = "<\(name)\(Self.render(attributes))"
        line(text.map { "\(start)>\(Self.escape($0))</\(name)>" } ?? "\(start)/>")
    }

    private mutating func line(_ content: String) {
        text += String(repeating: "  ", count: depth) + content + "\n"
    }

    private static func render(_ attributes: KeyValuePairs<String, String>) -> String {
        attributes.map { " \($0.key)='\(escape($0.value))'" }.joined()
    }

    /// Escapes text for element content and for attribute values; characters XML cannot hold are left out.
    static func escape(_ text: String) -> String { Markup.escaped(text, in: .attribute, as: .libxml) }
}
