import Foundation
import Glibc

/// Data goes to standard output; progress, remarks and errors to standard error, in colour only on a terminal.
enum Terminal {
    static let isInteractive = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let usesColour = isInteractive && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    static func styled(_ text: String, _ style: Style) -> String {
        usesColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    static func note(_ text: String) { write(text + "\n") }
    static func error(_ text: String) { write(styled("error: ", .red) + text + "\n") }
    static func warning(_ text: String) { write(styled("warning: ", .yellow) + text + "\n") }

    static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
    static func output(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    static var columns: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 100
    }
}

extension Double {
    /// "4 min 12 s", "37 s", "0.4 s".
    var spoken: String {
        if self < 10 { return String(format: "%.1f s", self) }
        let seconds = Int(rounded())
        return seconds < 60 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
    }
}

extension Int64 {
    /// "812 MiB", "2.0 GiB".
    var spokenBytes: String {
        let mebibytes = Double(self) / 1_048_576
        return mebibytes < 1024 ? String(format: "%.0f MiB", mebibytes) : String(format: "%.1f GiB", mebibytes / 1024)
    }
}
