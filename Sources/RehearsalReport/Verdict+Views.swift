import RehearsalHistory
import JUnitXML
import RehearsalChecks

/// How each report shows a verdict; its raw value is also the CSS class of the page.
extension Verdict {
    /// The verdict as a title.
    var word: String {
        switch self {
        case .pass: "Pass"
        case .unknown: "Unknown"
        case .fail: "Fail"
        }
    }

    /// How the verdict looks on a terminal.
    var attribute: TerminalStyle.Attribute {
        switch self {
        case .pass: .boldGreen
        case .unknown: .boldYellow
        case .fail: .boldRed
        }
    }

    /// What a check of this verdict is in JUnit's words; nil for one that passed.
    ///
    /// A check that is unknown is an error: a run that cannot be judged is not a good one.
    func problem(_ message: String) -> JUnitReport.Problem? {
        switch self {
        case .pass: nil
        case .unknown: .error(message: message, type: rawValue, text: message)
        case .fail: .failure(message: message, type: rawValue, text: message)
        }
    }
}
