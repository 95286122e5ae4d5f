public import RehearsalModel

/// Why no plan can be made.
public struct PlanError: HintedError, Hashable {
    /// The kind of failure.
    public enum Code: String, Sendable {
        /// The candidate channel has nothing newer for any machine.
        case nothingToUpdate
        /// A procedure that the strategy needs does not exist.
        case missingProcedure
        /// The header of a procedure cannot be read.
        case badProcedure
        /// A breakpoint is not a regular expression.
        case badBreakpoint
        /// No strategy has that name.
        case unknownStrategy
        /// A fault does not fit the plan.
        case badFault
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
