public import RehearsalHistory
import RehearsalChecks

/// Colours of a terminal, or none.
public struct TerminalStyle: Sendable {
    /// How a text may look; the raw value is the parameter of ANSI's `m` sequence.
    public enum Attribute: String, Sendable {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
        case boldRed = "1;31"
        case boldGreen = "1;32"
        case boldYellow = "1;33"
    }

    /// Whether colours are written.
    public var isColoured: Bool

    /// Makes a style with colours or without.
    public init(isColoured: Bool) {
        self.isColoured = isColoured
    }

    /// The text with an attribute, and plain after it.
    public func paint(_ text: String, _ attribute: Attribute) -> String {
        isColoured ? "\u{1B}[\(attribute.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// The text in the colour of a verdict.
    public func verdict(_ verdict: Verdict, _ text: String) -> String { paint(text, verdict.attribute) }

    func bold(_ text: String) -> String { paint(text, .bold) }
    func dim(_ text: String) -> String { paint(text, .dim) }
    func red(_ text: String) -> String { paint(text, .red) }
    func green(_ text: String) -> String { paint(text, .green) }
    func yellow(_ text: String) -> String { paint(text, .yellow) }
    func cyan(_ text: String) -> String { paint(text, .cyan) }
}

/// A terminal that a summary is written to.
struct TextTerminal {
    /// Its colours.
    var style: TerminalStyle
    /// Its columns.
    var width: Int
}
