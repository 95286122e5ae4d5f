/// Text made safe inside XML and HTML.
public enum Markup {
    /// Where a text goes.
    public enum Place: Sendable {
        /// Between tags.
        case content
        /// Between the quotes of an attribute, where a parser turns a bare line end or tab into a space.
        case attribute
    }

    /// What becomes of the characters that a document cannot hold as they are.
    public struct Dialect: Sendable {
        /// How an apostrophe is written.
        var apostrophe: String
        /// What stands for a character that XML 1.0 cannot hold at all.
        var replacement: String

        /// XML and HTML for readers of any kind: HTML before version 5 has no name for the apostrophe, and what is lost shows as U+FFFD.
        public static let portable = Dialect(apostrophe: "&#39;", replacement: "\u{FFFD}")
        /// XML as libxml2 writes it, and so libvirt; what XML cannot hold is left out.
        public static let libxml = Dialect(apostrophe: "&apos;", replacement: "")
    }

    /// Escapes a text by Unicode scalar, so that no combining mark can hide a quote.
    public static func escaped(_ text: String, in place: Place = .content, as dialect: Dialect = .portable) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += dialect.apostrophe
            // A parser turns a bare carriage return anywhere into a line end.
            case "\r": escaped += "&#13;"
            case "\n", "\t":
                if place == .attribute { escaped += "&#\(scalar.value);" } else { escaped.unicodeScalars.append(scalar) }
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: escaped += dialect.replacement
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
