/// One thing the host must have, and what to do when it has not.
public struct HostCheck: Encodable, Sendable {
    /// What a check found.
    public enum Result: String, Encodable, Sendable {
        /// It is there.
        case ok
        /// It is there, but only just.
        case warning
        /// It is not there, and no testbed can be raised.
        case failed
    }

    /// Whose it is to remove what is in the way.
    public enum Cause: Sendable {
        /// The host lacks something.
        case host
        /// The operator chose something that can be chosen otherwise, or opened with one command (docs/decisions/0012).
        case input
    }

    /// What was looked at.
    public let name: String
    /// What was found.
    public let result: Result
    /// The same in a sentence.
    public let detail: String
    /// What would help; nil if nothing is wrong.
    public let remedy: String?
    /// Whose it is to help; it stays out of the JSON.
    public let cause: Cause

    private enum CodingKeys: String, CodingKey { case name, result, detail, remedy }

    /// Makes a check's value.
    public init(name: String, result: Result, detail: String, remedy: String? = nil, cause: Cause = .host) {
        self.name = name
        self.result = result
        self.detail = detail
        self.remedy = remedy
        self.cause = cause
    }
}
