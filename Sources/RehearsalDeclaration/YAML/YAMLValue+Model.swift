import RehearsalModel

/// Reads the scalar types of the model.
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

    /// A name that other files or keys refer to.
    func identifier(_ style: Name.Style) -> Located<String>? {
        guard let text = text() else { return nil }
        return Name.check(text, style, path: path, sink: sink)
    }

    /// A list of names; those that do not follow the rules are reported and left out.
    func identifiers(_ style: Name.Style) -> [Located<String>] {
        (texts() ?? []).compactMap { Name.check($0, style, path: path, sink: sink) }
    }
}
