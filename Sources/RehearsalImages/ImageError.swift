public import RehearsalModel

/// Why an image or a package channel could not be made.
public struct ImageError: HintedError {
    /// The kind of failure.
    public enum Code: String, Sendable {
        /// A program that the build needs is missing or failed.
        case tool
        /// The recipe (role, service or build file) cannot be used.
        case recipe
        /// The package archive did not answer, or its answer cannot be used.
        case archive
        /// The installed and the candidate channel hold the same versions, so there is nothing to rehearse.
        case nothingToUpdate
        /// The user's own candidate packages cannot be read.
        case candidate
        /// There is not enough space, or a file could not be written.
        case storage
    }

    /// The kind of failure.
    public let code: Code
    /// What was attempted, on what, and why it failed; lower case, no full stop.
    public let message: String
    /// What would help, if that is known.
    public let hint: String?

    /// Makes an error.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}
