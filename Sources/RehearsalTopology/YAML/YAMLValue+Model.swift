/// Readings of the model's own scalar types.
extension YAMLValue {
    func ipAddress() -> Located<IPv4Address>? {
        guard let text = text() else { return nil }
        guard let address = IPv4Address(text.value) else {
            error(
                "\"\(text.value)\" is not an IPv4 address", hint: "write four numbers of 0 to 255, such as 192.0.2.11")
            return nil
        }
        return Located(address, at: text.location)
    }

    func ipNetwork() -> Located<IPv4Network>? {
        guard let text = text() else { return nil }
        guard let (address, network) = IPv4Network.parse(text.value) else {
            error("\"\(text.value)\" is not an IPv4 network", hint: "write address/prefix, such as 192.0.2.0/24")
            return nil
        }
        guard network.address == address, (8...30).contains(network.prefix) else {
            let isAligned = network.address == address
            error(
                "\"\(text.value)\" " + (isAligned ? "has no useful size" : "is not the beginning of a network"),
                hint: isAligned ? "give a prefix of 8 to 30" : "did you mean \(network)?")
            return nil
        }
        return Located(network, at: text.location)
    }

    /// A regular expression, as its text.
    func pattern() -> Located<String>? {
        guard let text = text() else { return nil }
        do {
            _ = try Regex(text.value)
            return text
        } catch {
            self.error(
                "\"\(text.value)\" is not a regular expression",
                hint: "use \".*\" to match every machine, and \\ before a character meant as itself")
            return nil
        }
    }

    /// A name other things refer to: letters, digits and hyphens.
    func identifier(_ style: Name.Style) -> Located<String>? {
        guard let text = text() else { return nil }
        return Name.check(text, style, path: path, sink: sink)
    }
}

/// The rules of names.
enum Name {
    enum Style {
        /// "haproxy", "puppet-modules".
        case lowerCase
        /// "Controller".
        case upperCase
    }

    /// The name if it follows the rules; what is wrong with it is reported.
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
