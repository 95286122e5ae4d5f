import Asciicast
public import Foundation
public import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// `demo.cast`: a run as a recording of a terminal, derived from its journal and its samples.
public enum CastRenderer {
    /// The columns of the recorded terminal.
    static let width = 110
    /// The rows of the recorded terminal.
    static let height = 34
    /// How long a wait may last in the recording, in seconds.
    static let longestWait = 1.0
    /// How many outages the recording shows at most; it shows the longest ones.
    static let mostOutages = 150

    /// The bytes of `demo.cast`.
    public static func render(_ history: RunAnalysis) -> Data {
        recording(history).encoded()
    }

    static func recording(_ history: RunAnalysis) -> Asciicast {
        let style = TerminalStyle(isColoured: true)
        let conditions = history.conditions
        let start = history.start
        var cast = Asciicast(
            width: width, height: height, timestamp: start.nanoseconds / 1_000_000_000,
            title: "rehearse run \(conditions.scenario) --strategy \(conditions.strategy)".printable)

        func say(_ seconds: Double, _ line: String) {
            cast.append(Asciicast.Entry(time: seconds, text: line + "\r\n"))
        }
        func stamp(_ time: Timestamp) -> String {
            style.dim("+" + DurationText.elapsed(history.elapsed(at: time))) + "  "
        }

        say(
            0,
            style.bold("Rehearsal: ")
                + "\(conditions.scenario) on \(conditions.topology), \(conditions.strategy), seed \(conditions.seed)".printable)
        say(
            0,
            style.dim(
                "\(conditions.acceleratorWord), slowness \(DurationText.number(conditions.slowness)); waits over \(DurationText.number(longestWait)) s are shortened"
                    .printable))
        say(0, "")

        for item in items(history) {
            let seconds = history.elapsed(at: item.time)
            if let marker = item.marker {
                cast.append(Asciicast.Entry(time: seconds, code: .marker, text: marker.printable))
            }
            say(seconds, stamp(item.time) + item.paint(style, item.text.printable.truncated(to: width - 10)))
        }

        let end = history.durationSeconds
        for line in TerminalSummary.render(history, isColoured: true, width: width).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            say(end + 1, String(line))
        }
        say(end + 4, "")
        return cast.limitingWaits(to: longestWait)
    }

    private struct Item {
        var time: Timestamp
        var order: Int
        var text: String
        var paint: @Sendable (TerminalStyle, String) -> String
        var marker: String?
    }

    private static func items(_ history: RunAnalysis) -> [Item] {
        var items: [Item] = []
        func add(
            _ time: Timestamp, _ text: String, marker: String? = nil,
            paint: @escaping @Sendable (TerminalStyle, String) -> String = { $1 }
        ) {
            items.append(Item(time: time, order: items.count, text: text, paint: paint, marker: marker))
        }

        var run = RunState()
        for event in history.events {
            run.apply(event)
            let span = event.step.flatMap { history.span($0) }
            let depth = event.step?.depth ?? 0
            let indent = String(repeating: "  ", count: depth)
            let name = span.map { "\($0.step.id) \($0.step.name)" } ?? event.line
            let machine = (span?.step.machine ?? event.machine).map { name.contains($0) ? "" : "  \($0)" } ?? ""
            switch event.payload {
            case .stepStarted, .substepStarted:
                add(event.time, "\(indent)▶ \(name)\(machine)", marker: depth == 0 ? name : nil) { $0.cyan($1) }
            case .stepEnded, .substepEnded:
                let took =
                    event.step.flatMap { run.lastStart(of: $0) }
                    .map { "  \(DurationText.seconds(history.seconds(from: $0, to: event.time))) s" } ?? ""
                if let outcome = event.outcome, outcome.isFailure {
                    add(event.time, "\(indent)✗ \(name)\(machine)  \(outcome)\(took)  \(event.text)") { $0.red($1) }
                } else {
                    add(event.time, "\(indent)✓ \(name)\(machine)\(took)") { $0.green($1) }
                }
            case .breakpointReached:
                add(event.time, "\(indent)◆ breakpoint reached\(machine)  \(event.text)", marker: "breakpoint\(machine)") { $0.yellow($1) }
            case .breakpointCleared:
                add(event.time, "\(indent)◇ breakpoint cleared\(machine)  \(event.text)") { $0.yellow($1) }
            default:
                guard !event.line.isEmpty else { continue }
                // What is awaited may be of another machine than its words say.
                let place = event.kind == .readiness ? machine : ""
                add(event.time, "\(indent)· \(event.line)\(place)") { $0.dim($1) }
            }
        }

        let outages = history.probes
            .compactMap { $0.client(patience: Patience.headline)?.failed.outages }.flatMap { $0 }
            .sorted { ($1.hiSeconds, $0.start, $0.probe) < ($0.hiSeconds, $1.start, $1.probe) }
            .prefix(mostOutages)
        for outage in outages {
            add(outage.start, "      ▼ \(outage.probe) does not answer (\(outage.manner))") { $0.red($1) }
            if let end = outage.end {
                add(end, "      ▲ \(outage.probe) answers again after \(DurationText.interval(outage.loSeconds, outage.hiSeconds))") {
                    $0.green($1)
                }
            }
        }
        return items.sorted { ($0.time, $0.order) < ($1.time, $1.order) }
    }
}
