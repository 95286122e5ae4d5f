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
