import Glibc
public import RehearsalModel

/// A failure of the host: of a program, a system call, or a requirement.
public struct HostError: HintedError, Equatable {
    /// What kind of failure it is.
    public enum Code: String, Sendable {
        /// What was asked for cannot be done by any host.
        case invalidArgument = "invalid-argument"
        /// There is no such program, process or file.
        case notFound = "not-found"
        /// A program did not end within its bound.
        case timeout
        /// The host lacks something, or a system call failed.
        case host
    }

    /// What kind of failure it is.
    public let code: Code
    /// What was attempted, on what, and why it failed; lower case, no full stop.
    public let message: String
    /// What would help, if known.
    public let hint: String?

    /// Makes an error.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

/// The text for `errno`.
public func lastSystemError() -> String { String(cString: strerror(errno)) }
