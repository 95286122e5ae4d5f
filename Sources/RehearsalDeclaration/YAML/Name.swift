/// The rules for names of networks, roles, services and the like.
enum Name {
    enum Style {
        /// "haproxy", "puppet-modules".
        case lowerCase
        /// "Controller".
        case upperCase
        /// "keystone_database": in capitals it is the name of a shell variable.
        case variable

        /// The rule, for people.
        var rule: String {
            switch self {
            case .lowerCase: "use lower-case letters, digits and hyphens, a letter first, 40 at most"
            case .upperCase: "use letters and digits, a capital first, 40 at most"
            case .variable: "use lower-case letters, digits and underscores, a letter first, 40 at most"
            }
        }

        fileprivate func allows(_ byte: UInt8, first: Bool) -> Bool {
            switch (self, byte) {
            case (.upperCase, 0x41...0x5a): true
            case (.lowerCase, 0x61...0x7a), (.variable, 0x61...0x7a): true
            case (.upperCase, 0x61...0x7a), (_, 0x30...0x39): !first
            case (.lowerCase, 0x2d), (.variable, 0x5f): !first
            default: false
            }
        }
    }

    /// The name, if it follows the rules. A name that does not is reported, and gives `nil`.
    static func check(
        _ name: Located<String>, _ style: Style, path: String, sink: DiagnosticSink
    ) -> Located<String>? {
        let bytes = Array(name.value.utf8)
        let isValid = bytes.indices.allSatisfy { style.allows(bytes[$0], first: $0 == 0) }
        guard isValid, !bytes.isEmpty, bytes.count <= 40 else {
            sink.error("\(path): \"\(name.value)\" is not a usable name", at: name.location, hint: style.rule)
            return nil
        }
        return name
    }
}
