/// A file of the project: its name for diagnostics, and its text.
public struct SourceFile: Hashable, Sendable {
    /// The name of the file, as the reader should see it.
    public let name: String
    /// The text of the file.
    public let text: String

    /// Makes a file.
    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}
