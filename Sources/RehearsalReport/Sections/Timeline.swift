import Markup
import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// The timeline of a run as inline SVG: machines with their steps, probes with their states, over one axis.
///
/// Horizontal places are per cent of the width, so that the page can zoom by widening the picture without stretching any text.
struct Timeline {
    /// One row's label, beside the picture.
    struct Label {
        var text: String
        var detail: String
        var height: Int
        var isHeading: Bool
    }

    /// How many places the axis distinguishes; states that share one are drawn as the worst of them, which bounds the size
    /// of the page however long the run was.
    static let places = 2_400

    /// What a timeline shows, of a run that ended or of one that goes on.
    struct Content {
        /// How long the run is so far, in seconds.
        var length: Double
        /// Where it ends so far.
        var end: Timestamp
        /// Seconds of the run from its start to an instant.
        var elapsed: (Timestamp) -> Double
        var spans: [StepSpan]
        var machines: [MachineRecord]
        var probes: [Probe]
        var ticks: [HostLoad.Tick]

        /// A probe, and the states of its target.
        struct Probe {
            var specification: ProbeSpecification
            var segments: [ProbeSegment]
            /// What to say of neighbouring places in one state, with the seconds at which they begin and end.
            var title: (ProbeState, Double, Double) -> String
        }
    }

    private let content: Content
    private let length: Double
    private(set) var labels: [Label] = []
    private var body = ""
    private var top = 0

    /// The whole height of the picture.
    var height: Int { top }

    init(_ analysis: RunAnalysis, patience: Double) {
        self.init(
            Content(
                length: analysis.durationSeconds, end: analysis.end, elapsed: analysis.elapsed, spans: analysis.spans,
                machines: analysis.machines.map(\.record),
                probes: analysis.probes.compactMap { probe in
                    probe.client(patience: patience).map { client in
                        Content.Probe(specification: probe.specification, segments: client.segments) { state, begin, end in
                            Self.title(of: state, begin, end, probe: probe.specification.name, client: client, in: analysis)
                        }
                    }
                }, ticks: analysis.host.ticks), patience: patience)
    }

    init(_ content: Content, patience: Double) {
        self.content = content
        length = max(0.001, content.length)
        addAxis()
        addSteps()
        addProbes(patience: patience)
        addHost()
    }

    /// The picture.
    var svg: String {
        var grid = ""
        for tick in ticks(tickStep(atMost: 14)) where tick > 0 {
            grid += "<line class=\"grid\" x1=\"\(place(tick))\" x2=\"\(place(tick))\" y1=\"24\" y2=\"\(top)\"/>"
        }
        return "<svg id=\"timeline\" width=\"100%\" height=\"\(top)\" role=\"img\" aria-label=\"timeline of the run\">"
            + "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
            + "<rect class=\"hatch-back\" width=\"6\" height=\"6\"/><rect class=\"hatch-line\" width=\"2.5\" height=\"6\"/></pattern></defs>"
            + grid + body + "</svg>"
    }

    /// The place of an instant on the axis, from 0 to 1.
    func fraction(_ time: Timestamp) -> Double {
        min(1, max(0, content.elapsed(time) / length))
    }

    // MARK: Rows

    private mutating func addRow(_ text: String, detail: String = "", height: Int, isHeading: Bool = false) -> Int {
        labels.append(Label(text: text, detail: detail, height: height, isHeading: isHeading))
        let row = top
        top += height
        return row
    }

    private mutating func addAxis() {
        let row = addRow("", height: 24)
        let coarse = tickStep(atMost: 14)
        for tick in ticks(coarse) { addTick(tick, row: row, style: "tick") }
        // Shown by the page once it is zoomed in.
        let fine = tickStep(atMost: 150)
        for tick in ticks(fine) where tick.remainder(dividingBy: coarse) != 0 { addTick(tick, row: row, style: "tick fine") }
    }

    private mutating func addTick(_ tick: Double, row: Int, style: String) {
        body += "<text class=\"\(style)\" x=\"\(place(tick))\" dx=\"3\" y=\"\(row + 15)\">\(DurationText.elapsed(tick))</text>"
    }

    private func tickStep(atMost count: Double) -> Double {
        let steps: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400]
        return steps.first { length / $0 <= count } ?? length / count
    }

    private func ticks(_ step: Double) -> [Double] {
        stride(from: 0, to: length, by: step).map { $0 }
    }

    private mutating func addSteps() {
        _ = addRow("Machines and steps", height: 26, isHeading: true)
        let parents = Set(content.spans.filter { !$0.attempts.isEmpty }.compactMap(\.step.parent))
        let drawn = content.spans.filter { span in
            !span.attempts.isEmpty && !(span.isGroup && parents.contains(span.step.id))
        }
        let names: [String?] = [nil] + content.machines.map(\.name)
        let unlisted = Set(drawn.compactMap(\.step.machine)).subtracting(names.compactMap { $0 }).sorted()
        for name in names + unlisted {
            let spans = drawn.filter { $0.step.machine == name }
            if name == nil && spans.isEmpty { continue }
            let lanes = (0..<StepSpan.lanes).map { lane in spans.filter { $0.lane == lane } }.enumerated()
                .filter { $0.offset == 0 || !$0.element.isEmpty }.map(\.element)
            let role = content.machines.first { $0.name == name }?.role ?? ""
            let row = addRow(name ?? "whole run", detail: role, height: 8 + 20 * lanes.count)
            for (lane, spans) in lanes.enumerated() {
                for (index, span) in spans.enumerated() {
                    addBars(span, top: row + 5 + lane * 20, isOdd: index % 2 == 1)
                }
            }
        }
    }

    private mutating func addBars(_ span: StepSpan, top: Int, isOdd: Bool) {
        for attempt in span.attempts {
            let end = attempt.end ?? content.end
            let seconds = content.elapsed(end) - content.elapsed(attempt.start)
            let (left, right) = (fraction(attempt.start), fraction(end))
            let machine = span.step.machine.map { " on \($0)" } ?? ""
            let title =
                "\(span.step.id) \(span.step.name)\(machine)\n\(span.outcome), \(DurationText.seconds(seconds)) s, from "
                + "+\(DurationText.elapsed(content.elapsed(attempt.start))) (\(attempt.start.iso8601))"
                + (span.note.isEmpty ? "" : "\n\(span.note)")
            body += "<svg x=\"\(percent(left))\" y=\"\(top)\" width=\"\(percent(max(right - left, 0.0007)))\" height=\"17\" "
            body += "class=\"step \(span.bar.rawValue)\(isOdd ? " odd" : "")\">"
            body += "<title>\(escape(title))</title><rect width=\"100%\" height=\"17\" rx=\"2\"/>"
            // A name that cannot even begin in a bar at the widest zoom would only be weight.
            if right - left > 0.002 {
                body += "<text x=\"4\" y=\"12\">\(escape(span.step.name))</text>"
            }
            body += "</svg>"
        }
    }

    private mutating func addProbes(patience: Double) {
        _ = addRow("Probes, at \(DurationText.number(patience)) s patience", height: 26, isHeading: true)
        for probe in content.probes {
            let row = addRow(
                probe.specification.name, detail: "every \(DurationText.number(Double(probe.specification.periodMilliseconds) / 1_000)) s",
                height: 22)
            for run in Timeline.runs(probe.segments, elapsed: content.elapsed, length: length) {
                let (left, right) = (Double(run.first) / Double(Timeline.places), Double(run.last + 1) / Double(Timeline.places))
                body +=
                    "<rect class=\"\(run.state.rawValue)\" x=\"\(percent(left))\" y=\"\(row + 4)\" width=\"\(percent(right - left))\" height=\"14\">"
                let title = probe.title(
                    run.state, Double(run.first) / Double(Timeline.places) * length, Double(run.last + 1) / Double(Timeline.places) * length
                )
                body += "<title>\(escape(title))</title></rect>"
            }
        }
    }

    /// The part of the time in which some task of the host waited for a processor, as grey of that strength.
    private mutating func addHost() {
        guard !content.ticks.isEmpty else { return }
        let row = addRow("host", detail: "waiting for a processor", height: 22)
        let shown = 300
        var sums = [(pressed: Double, seconds: Double)](repeating: (0, 0), count: shown)
        for tick in content.ticks {
            let place = min(shown - 1, Int(fraction(tick.start) * Double(shown)))
            sums[place].pressed += tick.pressure * tick.seconds
            sums[place].seconds += tick.seconds
        }
        for (place, sum) in sums.enumerated() where sum.seconds > 0 {
            let part = sum.pressed / sum.seconds
            body +=
                "<rect class=\"host\" x=\"\(percent(Double(place) / Double(shown)))\" y=\"\(row + 4)\" width=\"\(percent(1 / Double(shown)))\" "
                + "height=\"14\" fill-opacity=\"\(DurationText.number((part * 100).rounded() / 100))\">"
                + "<title>some task of the host waited for a processor \(Int(part * 100)) % of the time</title></rect>"
        }
    }

    private static func title(
        of state: ProbeState, _ begin: Double, _ end: Double, probe: String, client: FeltByClient, in analysis: RunAnalysis
    ) -> String {
        let span = "+\(DurationText.elapsed(begin)) to +\(DurationText.elapsed(end))"
        switch state {
        case .up: return "\(probe): up, \(span)"
        case .unknown: return "\(probe): unknown, \(span)\nthe recorder cannot tell"
        case .failed, .slow:
            let outages = client[state == .failed ? .failed : .slow].outages.filter {
                analysis.elapsed(at: $0.start) < end && begin <= analysis.elapsed(at: $0.end ?? $0.lastFailure)
            }
            guard let worst = outages.worst else { return "\(probe): \(state.rawValue), \(span)" }
            let cause =
                analysis.cause(of: worst).map { "\nduring \($0.step.id) \($0.step.name)\($0.step.machine.map { " on \($0)" } ?? "")" } ?? ""
            let word = state.rawValue
            let several = outages.count > 1 ? "\(word) \(outages.count) times, the longest " : "\(word) for "
            return
                "\(probe): \(several)\(DurationText.interval(worst.loSeconds, worst.hiSeconds)) (\(worst.manner)), from \(worst.start.timeOfDay)\(cause)"
        }
    }

    // MARK: States by place

    /// The states of a probe by place.
    static func runs(_ segments: [ProbeSegment], elapsed: (Timestamp) -> Double, length: Double) -> [PlacedState] {
        PlacedState.join(segments.map { ($0.state, elapsed($0.start) / length, elapsed($0.end) / length) }, places: places)
    }

    // MARK: Text

    private func place(_ seconds: Double) -> String { percent(seconds / length) }

    private func percent(_ fraction: Double) -> String {
        DurationText.number((fraction * 100_000).rounded() / 1_000) + "%"
    }

    private func escape(_ text: String) -> String {
        Markup.escaped(text.printableLines)
    }
}
