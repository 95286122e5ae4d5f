import Foundation
import RehearsalHost
public import RehearsalModel
public import RehearsalTestbed

/// One line that a procedure wrote to the step channel of its machine.
///
/// The protocol (docs/procedures.md): `@ EXECUTION NANOSECONDS begin SUBSTEP`, `@ EXECUTION NANOSECONDS end SUBSTEP STATUS`,
/// `@ EXECUTION NANOSECONDS exit STATUS`; any other line is log text, `EXECUTION| TEXT`. NANOSECONDS is the guest's own clock.
public enum StepLine: Equatable, Sendable {
    /// A sub-step starts.
    case begin(execution: String, guestTime: Int64, substep: String)
    /// A sub-step has ended with a status.
    case end(execution: String, guestTime: Int64, substep: String, status: Int32)
    /// The procedure has ended with a status.
    case exit(execution: String, guestTime: Int64, status: Int32)
    /// Text for people, of an execution if it names one.
    case log(execution: String?, text: String)

    /// Reads one line; what does not follow the protocol is log text, never an error: guests are untrusted.
    public init(_ line: String) {
        let line = line.printable
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
    /// When it happened.
    public let time: Timestamp
    /// The line.
    public let line: StepLine
    /// Whether the time is the guest's, shifted by the measured offset, because nobody was listening when the line was written.
    public let late: Bool
}

/// Follows what a machine's procedures write on its step channel.
///
/// A guest writes a line the moment a sub-step starts or ends; the channel is read every 50 ms. A line is placed on the host's clock by the
/// guest's, whose distance is that of the line that came quickest: so one that is read late, because the engine was busy or was started
/// again, is where it belongs. The guest's clock must not be stepped while a procedure runs.
public struct StepChannel: Sendable {
    /// Seconds between two readings.
    public static let period = 0.05
    /// What is longer of a line is left out. Guests are untrusted.
    static let mostLineBytes = 4096
    /// How many times a procedure may report that a sub-step begins or ends; those shipped do so some thirty times.
    static let mostReports = 1000

    /// A part of a channel that one reading brought, and where in the channel it begins.
    struct Piece: Sendable {
        let offset: UInt64
        let data: Data
    }

    private let source: any StepSource
    /// How many bytes were absorbed.
    private var offset: UInt64 = 0
    private var rest = Data()
    /// How often a sub-step was reported to begin or end, by execution: a channel holds those of all procedures since its machine's start.
    private var reported: [String: Int] = [:]
    /// Host time − guest time in nanoseconds, the least of all lines seen as they came.
    private var clockOffset: Int64?

    /// Follows a source from its beginning on.
    public init(source: any StepSource) { self.source = source }

    /// Measures the guest's clock, so that lines which were written before anybody listened can be placed.
    mutating func measureClock(_ shell: any GuestShell, slowness: Double) async {
        clockOffset = try? await GuestClockReading.take(shell, slowness: slowness).wallOffset
    }

    /// Leaves out what the channel holds already. A guest that writes faster than this reads is not waited for.
    mutating func skip() async throws {
        for _ in 0..<1000 {
            let before = offset
            _ = try await poll(live: false)
            if offset == before { break }
        }
    }

    /// The lines written since the last call, stamped with the time of the reading.
    ///
    /// - Parameter live: False on the first call after a restart of the engine: the lines may be old, so they are placed by the
    ///   guest's clock.
    mutating func poll(live: Bool) async throws -> [TimedStepLine] {
        let piece = try await read()
        return absorb(piece, now: HostClock.now(), live: live)
    }

    /// What was written and not yet absorbed.
    func read() async throws -> Piece { Piece(offset: offset, data: try await source.read(from: offset)) }

    /// The lines of what was read, stamped with `now`. Of what another reading brought already, nothing is taken twice.
    mutating func absorb(_ piece: Piece, now: Timestamp, live: Bool) -> [TimedStepLine] {
        guard piece.offset <= offset else { return [] }
        let data = piece.data.dropFirst(Int(offset - piece.offset))
        guard !data.isEmpty else { return [] }
        offset += UInt64(data.count)
        var lines: [TimedStepLine] = []
        var start = data.startIndex
        while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
            keep(data[start..<end])
            start = data.index(after: end)
            let text = String(decoding: rest, as: UTF8.self).trimmingCharacters(in: .controlCharacters)
            rest = Data()
            if !text.isEmpty { lines.append(timed(counted(StepLine(text)), now: now, live: live)) }
        }
        keep(data[start...])
        return lines
    }

    /// Keeps a part of a line, as far as a line may be long.
    private mutating func keep(_ part: Data) { rest.append(part.prefix(max(0, Self.mostLineBytes - rest.count))) }

    /// A line as it is, unless a guest has reported more sub-steps than any procedure has: each further one is text.
    private mutating func counted(_ line: StepLine) -> StepLine {
        switch line {
        case .begin(let execution, _, let substep), .end(let execution, _, let substep, _):
            // A guest may make up executions as well; no machine has so many.
            let isCounted = reported[execution] != nil || reported.count < Self.mostReports
            if isCounted { reported[execution, default: 0] += 1 }
            let isTooMany = !isCounted || reported[execution, default: 0] > Self.mostReports
            return isTooMany ? .log(execution: execution, text: "sub-step \(substep), one too many") : line
        case .exit, .log: return line
        }
    }

    private mutating func timed(_ line: StepLine, now: Timestamp, live: Bool) -> TimedStepLine {
        if live, let guest = line.guestTime { clockOffset = min(clockOffset ?? .max, now.nanoseconds &- guest) }
        let time = line.guestTime.map { Timestamp(nanoseconds: $0 &+ (clockOffset ?? 0)) } ?? now
        return TimedStepLine(time: min(time, now), line: line, late: !live)
    }
}
