extension String {
    /// The text without control characters and other invisible orders to a terminal or a reader, which become U+FFFD.
    ///
    /// What guests say ends up in terminals, recordings and pages; it must not be able to move a cursor or turn text around.
    public var printable: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x20...0x7E: text.unicodeScalars.append(scalar)
            case 0x09, 0x0A, 0x0D: text += " "
            case 0x00...0x1F, 0x7F...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB,
                0xE0000...0xE007F:
                text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// The text made ``printable`` line by line; line ends stay.
    public var printableLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
    }
}
