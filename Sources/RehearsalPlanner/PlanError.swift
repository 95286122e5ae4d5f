/// No plan can be made.
public struct PlanError: Error, Hashable, Sendable {
    /// What kind of trouble it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The name of the code.
        public let description: String

        /// The candidate channel has nothing newer for any machine.
        public static let nothingToUpdate = Code(description: "nothing-to-update")
        /// A procedure the strategy needs is not there.
        public static let missingProcedure = Code(description: "missing-procedure")
        /// The header of a procedure cannot be read.
        public static let badProcedure = Code(description: "bad-procedure")
        /// A breakpoint is not a regular expression.
        public static let badBreakpoint = Code(description: "bad-breakpoint")
        /// There is no strategy of that name.
        public static let unknownStrategy = Code(description: "unknown-strategy")
    }

    /// What kind of trouble it is.
    public let code: Code
    /// What was attempted, on what, and why it failed.
    public let message: String
    /// What to do about it.
    public let hint: String?

    /// Makes an error.
    public init(code: Code, message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

extension PlanError: CustomStringConvertible {
    /// "message (hint)".
    public var description: String {
        message + (hint.map { " (\($0))" } ?? "")
    }
}
