import Foundation
public import RehearsalModel

/// One line that a procedure wrote to the step channel of its machine.
///
/// The protocol (docs/procedures.md): `@ EXECUTION NANOSECONDS begin SUBSTEP`, `@ EXECUTION NANOSECONDS end SUBSTEP STATUS`,
/// `@ EXECUTION NANOSECONDS exit STATUS`; any other line is log text, `EXECUTION| TEXT`. NANOSECONDS is the guest's own clock.
public enum StepLine: Equatable, Sendable {
    case begin(execution: String, guestTime: Int64, substep: String)
    case end(execution: String, guestTime: Int64, substep: String, status: Int32)
    case exit(execution: String, guestTime: Int64, status: Int32)
    case log(execution: String?, text: String)

    /// Reads one line; what does not follow the protocol is log text, never an error: guests are untrusted.
    public init(_ line: String) {
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        if words.count >= 5, words[0] == "@", let time = Int64(words[2]) {
            let execution = String(words[1])
            switch words[3] {
            case "begin":
                self = .begin(execution: execution, guestTime: time, substep: String(words[4]))
                return
            case "end":
                if words.count >= 6, let status = Int32(words[5]) {
                    self = .end(execution: execution, guestTime: time, substep: String(words[4]), status: status)
                    return
                }
            case "exit":
                if let status = Int32(words[4]) {
                    self = .exit(execution: execution, guestTime: time, status: status)
                    return
                }
            default:
                break
            }
        }
        if let bar = line.range(of: "| ") {
            let execution = String(line[..<bar.lowerBound])
            if !execution.isEmpty, !execution.contains(" ") {
                self = .log(execution: execution, text: String(line[bar.upperBound...]))
                return
            }
        }
        self = .log(execution: nil, text: line)
    }

    /// The execution that the line belongs to, if it names one.
    public var execution: String? {
        switch self {
        case .begin(let execution, _, _), .end(let execution, _, _, _), .exit(let execution, _, _): execution
        case .log(let execution, _): execution
        }
    }

    var guestTime: Int64? {
        switch self {
        case .begin(_, let time, _), .end(_, let time, _, _), .exit(_, let time, _): time
        case .log: nil
        }
    }
}

/// A line with the time on the host's clock at which it happened.
public struct TimedStepLine: Equatable, Sendable {
    public let time: Timestamp
    public let line: StepLine
    /// True when the time is the guest's, shifted by the measured offset, because nobody was listening when it was written.
    public let late: Bool
}

/// Follows the file that a machine's step channel writes to.
///
/// A guest writes a line the moment a sub-step starts or ends; the host reads the file every 50 ms, so sub-steps are
/// placed on the host's clock with that error, whatever the guest's clock says.
public struct StepChannel {
    /// Seconds between two looks at the file.
    public static let period = 0.05

    private let path: String
    private var offset: UInt64 = 0
    private var rest = Data()
    /// Host time − guest time, the least of all lines seen as they came (ns).
    private var clockOffset: Int64?

    public init(path: String) { self.path = path }

    /// The lines written since the last call, stamped with `now`.
    ///
    /// - Parameter live: False on the first call after a restart of the engine: the lines may be old, so they are placed by the
    ///   guest's clock.
    public mutating func poll(now: Timestamp, live: Bool) -> [TimedStepLine] {
        guard let handle = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? handle.close() }
        guard (try? handle.seek(toOffset: offset)) != nil, let data = try? handle.readToEnd(), !data.isEmpty else { return [] }
        offset += UInt64(data.count)
        rest.append(data)
        var lines: [TimedStepLine] = []
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let text = String(decoding: rest[rest.startIndex..<end], as: UTF8.self).trimmingCharacters(in: .controlCharacters)
            rest = Data(rest[rest.index(after: end)...])
            guard !text.isEmpty else { continue }
            let line = StepLine(text)
            if live {
                if let guest = line.guestTime { clockOffset = min(clockOffset ?? .max, now.nanoseconds &- guest) }
                lines.append(TimedStepLine(time: now, line: line, late: false))
            } else {
                let time = line.guestTime.map { Timestamp(nanoseconds: $0 &+ (clockOffset ?? 0)) } ?? now
                lines.append(TimedStepLine(time: time, line: line, late: true))
            }
        }
        return lines
    }
}
