/// The rules for names of networks, roles, services and the like.
enum Name {
    enum Style {
        /// "haproxy", "puppet-modules".
        case lowerCase
        /// "Controller".
        case upperCase
    }

    /// The name, if it follows the rules. A name that does not is reported, and gives `nil`.
    static func check(
        _ name: Located<String>, _ style: Style, path: String, sink: DiagnosticSink
    ) -> Located<String>? {
        let bytes = name.value.utf8
        let letters: ClosedRange<UInt8> = style == .lowerCase ? 0x61...0x7a : 0x41...0x5a
        let isValid =
            letters.contains(bytes.first ?? 0)
            && bytes.allSatisfy { byte in
                (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || (style == .lowerCase && byte == 0x2d)
                    || (style == .upperCase && (0x41...0x5a).contains(byte))
            }
        guard isValid, bytes.count <= 40 else {
            sink.error(
                "\(path): \"\(name.value)\" is not a usable name", at: name.location,
                hint: style == .lowerCase
                    ? "use lower-case letters, digits and hyphens, a letter first, 40 at most"
                    : "use letters and digits, a capital first, 40 at most")
            return nil
        }
        return name
    }
}
