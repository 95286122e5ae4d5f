import Foundation
import Glibc
import RehearsalModel
import RehearsalReport

/// Data goes to standard output; progress, remarks and errors to standard error, in colour only on a terminal.
enum Terminal {
    static let isInteractive = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let usesColour = isInteractive && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

    static func styled(_ text: String, _ attribute: TerminalStyle.Attribute) -> String {
        TerminalStyle(isColoured: usesColour).paint(text, attribute)
    }

    static func note(_ text: String) { write(text + "\n") }
    static func error(_ text: String) { write(styled("error: ", .red) + text.printableLines + "\n") }
    static func warning(_ text: String) { write(styled("warning: ", .yellow) + text.printableLines + "\n") }

    /// Writes on standard error; where that cannot be written, nobody is left to tell.
    static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

    /// Writes on standard output; a command whose result cannot be written ends as trouble of the host.
    static func output(_ text: String) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            self.error("cannot write standard output: \(error.localizedDescription)")
            exit(70)
        }
    }

    static var columns: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 100
    }
}

extension Double {
    /// "4 min 12 s", "37 s", "0.4 s".
    var spoken: String { DurationText.spoken(self) }
}

extension Int64 {
    /// "812 MiB", "2.0 GiB".
    var sizeText: String {
        let mebibytes = Double(self) / 1_048_576
        return mebibytes < 1024 ? String(format: "%.0f MiB", mebibytes) : String(format: "%.1f GiB", mebibytes / 1024)
    }
}
