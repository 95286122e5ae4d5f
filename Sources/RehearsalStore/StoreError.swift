/// Why a run's store could not do what was asked.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// The class of trouble.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String { case notFound, exists, busy, damaged, newer, invalid, failed }
        private let kind: Kind
        private init(_ kind: Kind) { self.kind = kind }

        /// There is no such run.
        public static let notFound = Code(.notFound)
        /// There is a run already.
        public static let exists = Code(.exists)
        /// Another process holds it.
        public static let busy = Code(.busy)
        /// The file is not a run's store, or it is damaged.
        public static let damaged = Code(.damaged)
        /// The store was written by a newer version of Rehearsal.
        public static let newer = Code(.newer)
        /// The argument cannot be right.
        public static let invalid = Code(.invalid)
        /// Anything else.
        public static let failed = Code(.failed)

        /// The name of the class.
        public var description: String { kind.rawValue }
    }

    /// The class of trouble.
    public var code: Code
    /// What was attempted, on what, and why it failed.
    public var message: String
    /// What to do about it.
    public var hint: String?
    /// The error underneath.
    public var cause: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, hint: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.cause = cause
    }

    /// The message, and the hint in brackets.
    public var description: String {
        hint.map { "\(message) (\($0))" } ?? message
    }
}
