/// Trouble of the recorder itself. What a target does is never an error but a sample.
public struct RecorderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of trouble it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case invalidProbe, setupFailed, sinkFailed
        }
        private let kind: Kind
        /// A probe or a setting that cannot be used as it is written.
        public static let invalidProbe = Code(kind: .invalidProbe)
        /// A probe needs a socket or an interface that the recorder could not get.
        public static let setupFailed = Code(kind: .setupFailed)
        /// Samples could not be handed to the sink.
        public static let sinkFailed = Code(kind: .sinkFailed)
        public var description: String { kind.rawValue }
    }

    /// What kind of trouble it is.
    public var code: Code
    /// What was attempted, on what, and why it failed; one line per problem, all problems at once.
    public var problems: [String]
    /// What would help.
    public var hint: String?

    init(_ code: Code, _ problems: [String], hint: String? = nil) {
        self.code = code
        self.problems = problems
        self.hint = hint
    }

    public var description: String {
        problems.joined(separator: "\n") + (hint.map { " (\($0))" } ?? "")
    }
}
