/// An error that people read: why something failed, and what would help.
///
/// Every error type of Rehearsal that may have a hint prints it in the one layout given here.
public protocol HintedError: Error, CustomStringConvertible {
    /// What was attempted, on what, and why it failed; lower case, no full stop.
    var message: String { get }
    /// What would help, if that is known.
    var hint: String? { get }
}

extension HintedError {
    /// The message, and below it "  hint: " with the hint.
    public var description: String {
        hint.map { "\(message)\n  hint: \($0)" } ?? message
    }
}

extension Error {
    /// The error on one line, for the journal and for messages that quote it: what failed, and the hint in parentheses.
    public var quoted: String {
        guard let error = self as? any HintedError else { return "\(self)" }
        let message = error.message.replacing("\n", with: "; ")
        return error.hint.map { "\(message) (\($0))" } ?? message
    }
}
