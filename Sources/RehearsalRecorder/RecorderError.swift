public import RehearsalModel

/// Trouble of the recorder itself. What a target does is never an error but a sample.
public struct RecorderError: HintedError, Hashable {
    /// What kind of trouble it is.
    public enum Code: String, Sendable {
        /// A probe or a setting that cannot be used as it is written.
        case invalidProbe
        /// A probe needs a socket or an interface that the recorder could not get.
        case setupFailed
        /// Samples could not be handed to the sink.
        case sinkFailed
    }

    /// What kind of trouble it is.
    public let code: Code
    /// What was attempted, on what, and why it failed; one line per problem, all problems at once.
    public let problems: [String]
    /// What would help.
    public let hint: String?

    init(_ code: Code, _ problems: [String], hint: String? = nil) {
        self.code = code
        self.problems = problems
        self.hint = hint
    }

    /// The problems, a line each.
    public var message: String { problems.joined(separator: "\n") }
}
