public import Foundation

/// A recording of a terminal in asciicast format, version 2 or 3 (docs.asciinema.org/manual/asciicast).
///
/// The first line is a JSON object, each further line a JSON array of a time in seconds, a code and a text. In version 2 the time is that since
/// the beginning, in version 3 that since the entry before.
public struct Asciicast: Sendable, Hashable {
    /// The kind of a recorded entry.
    public enum Code: String, Sendable, Hashable {
        /// The terminal printed the text.
        case output = "o"
        /// A named place to jump to.
        case marker = "m"
    }

    /// One recorded entry.
    public struct Entry: Sendable, Hashable {
        /// Seconds since the start of the recording.
        public var time: Double
        /// The kind of entry.
        public var code: Code
        /// The printed text, or the marker's name.
        public var text: String

        /// Makes an entry.
        public init(time: Double, code: Code = .output, text: String) {
            self.time = time
            self.code = code
            self.text = text
        }
    }

    /// The columns of the terminal.
    public var width: Int
    /// The rows of the terminal.
    public var height: Int
    /// When the recording began, in seconds since the Unix epoch.
    public var timestamp: Int64?
    /// The title.
    public var title: String?
    /// The entries, in order of time.
    public private(set) var entries: [Entry]

    /// Starts an empty recording.
    public init(width: Int, height: Int, timestamp: Int64? = nil, title: String? = nil) {
        self.width = width
        self.height = height
        self.timestamp = timestamp
        self.title = title
        self.entries = []
    }

    /// Adds an entry. A time earlier than that of the last entry is raised to it, so that times never decrease.
    public mutating func append(_ entry: Entry) {
        var entry = entry
        entry.time = max(entry.time.isFinite ? entry.time : 0, entries.last?.time ?? 0)
        entries.append(entry)
    }

    /// A version of the format.
    public enum Version: Int, Sendable {
        /// What asciinema 2 writes and reads.
        case two = 2
        /// What asciinema 3 writes.
        case three = 3
    }

    /// The bytes of the file.
    public func encoded(_ version: Version = .two) -> Data {
        var header =
            version == .two
            ? "{\"version\": 2, \"width\": \(width), \"height\": \(height)"
            : "{\"version\": 3, \"term\": {\"cols\": \(width), \"rows\": \(height), \"type\": \"xterm-256color\"}"
        if let timestamp { header += ", \"timestamp\": \(timestamp)" }
        if let title { header += ", \"title\": \(Asciicast.quoted(title))" }
        header += (version == .two ? ", \"env\": {\"TERM\": \"xterm-256color\", \"SHELL\": \"/bin/sh\"}" : "") + "}\n"
        var text = header
        var last: Int64 = 0
        for entry in entries {
            // Rounded first and subtracted then, so that nothing adds up.
            let milliseconds = Int64((entry.time * 1_000).rounded())
            text +=
                "[\(Asciicast.seconds(version == .two ? milliseconds : milliseconds - last)), \"\(entry.code.rawValue)\", \(Asciicast.quoted(entry.text))]\n"
            last = milliseconds
        }
        return Data(text.utf8)
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        "\(milliseconds / 1_000)." + String(milliseconds % 1_000 + 1_000).dropFirst()
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _
            where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028
                || scalar.value == 0x2029:
                let hexadecimal = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
