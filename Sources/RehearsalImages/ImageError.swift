/// Why an image or a package channel could not be made.
public struct ImageError: Error, Sendable, CustomStringConvertible {
    /// What kind of trouble it was.
    public enum Code: String, Sendable {
        /// A program that the build needs is missing or failed.
        case tool
        /// The recipe (role, service or build file) cannot be used.
        case recipe
        /// The package archive did not answer, or its answer is not usable.
        case archive
        /// Installed and candidate channel hold the same versions: there is nothing to rehearse.
        case nothingToUpdate
        /// The developer's own candidate packages cannot be read.
        case candidate
        /// Not enough space, or a file could not be written.
        case storage
    }

    public let code: Code
    /// What was attempted, on what, and why it failed.
    public let message: String
    /// The remedy, where one is known.
    public let hint: String?

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var description: String { hint.map { "\(message)\n  hint: \($0)" } ?? message }
}
