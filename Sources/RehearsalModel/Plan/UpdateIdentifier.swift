/// The rule for update identifiers: what a file of that name, a procedure's argument and a line of a guest can all hold.
public enum UpdateIdentifier {
    /// Whether a text is an update identifier: letters and digits of ASCII, `-` and `_`, at most 64 of them.
    public static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.count <= 64 && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
    }
}
