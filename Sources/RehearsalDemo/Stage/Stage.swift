import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// The stage: panes that stand still, and what their parts show at each moment of the recording.
///
/// Every output is made of it: pictures, the page, the recording of a terminal. What it shows depends on the run and the storyboard alone.
struct Stage {
    /// The size of the picture.
    static let (width, height) = (1_280, 720)
    /// The columns and rows of the terminal.
    static let (columns, rows) = (100, 30)
    /// How far apart two pictures are, in milliseconds of the recording.
    static let frameMilliseconds: Int64 = 100

    /// Where the states of probes are drawn.
    static let strip = (x: 270, y: 374, width: 740, step: 24)
    /// Where lines of the operator's terminal are drawn.
    private static let terminal = (x: 40, y: 92, lines: 10, step: 27, columns: 45)
    private static let machineRows = (x: 632, y: 124, step: 30)

    let story: Story
    let play: Screenplay
    /// The parts that change, in a fixed order.
    let parts: [Part]

    init(_ story: Story, _ play: Screenplay) {
        self.story = story
        self.play = play
        parts = Self.parts(story)
    }

    // MARK: Parts

    private static func parts(_ story: Story) -> [Part] {
        var parts = [
            Part(id: "title", kind: .text(Part.Font(size: 24, isBold: true)), x: 24, y: 42, cell: Part.Cell(row: 0, column: 0, width: 66)),
            Part(
                id: "speed", kind: .text(Part.Font(size: 20, isMonospaced: true, isRight: true)), x: 990, y: 41,
                cell: Part.Cell(row: 0, column: 67, width: 10)),
            Part(
                id: "clock", kind: .text(Part.Font(size: 24, isMonospaced: true, isRight: true)), x: 1_256, y: 42,
                cell: Part.Cell(row: 0, column: 78, width: 22)),
            Part(
                id: "members", kind: .text(Part.Font(size: 20, isRight: true)), x: 1_244, y: 92,
                cell: Part.Cell(row: 2, column: 70, width: 30)),
        ]
        for line in 0..<terminal.lines {
            parts.append(
                Part(
                    id: "line\(line)", kind: .text(Part.Font(size: 20, isMonospaced: true)), x: terminal.x,
                    y: terminal.y + line * terminal.step,
                    cell: Part.Cell(row: 2 + line, column: 0, width: terminal.columns)))
        }
        for index in story.machines.indices.prefix(Story.mostMachines) {
            let y = machineRows.y + index * machineRows.step
            let row = 3 + index
            parts += [
                Part(id: "mark\(index)", kind: .mark, x: machineRows.x, y: y - 16, cell: Part.Cell(row: row, column: 48, width: 1)),
                Part(id: "name\(index)", kind: .text(Part.Font(size: 20)), x: 660, y: y, cell: Part.Cell(row: row, column: 50, width: 14)),
                Part(id: "bar\(index)", kind: .bar, x: 800, y: y - 12, height: 10),
                Part(id: "does\(index)", kind: .text(Part.Font(size: 20)), x: 906, y: y, cell: Part.Cell(row: row, column: 65, width: 20)),
                Part(
                    id: "holds\(index)", kind: .text(Part.Font(size: 20, isRight: true)), x: 1_244, y: y,
                    cell: Part.Cell(row: row, column: 86, width: 14)),
            ]
        }
        for index in story.probes.indices {
            let y = strip.y + index * strip.step
            parts.append(
                Part(
                    id: "felt\(index)", kind: .text(Part.Font(size: 20)), x: strip.x + strip.width + 14, y: y + 19,
                    cell: Part.Cell(row: 14 + index, column: 76, width: 24)))
        }
        let high = max(1, story.probes.count) * strip.step
        return parts + [
            Part(id: "future", kind: .bar, x: strip.x, y: strip.y, height: high + 2),
            Part(id: "now", kind: .bar, x: strip.x, y: strip.y, height: high + 2),
            Part(id: "caption0", kind: .text(Part.Font(size: 28)), x: 44, y: 640, cell: Part.Cell(row: 25, column: 2, width: 96)),
            Part(id: "caption1", kind: .text(Part.Font(size: 28)), x: 44, y: 674, cell: Part.Cell(row: 26, column: 2, width: 96)),
            Part(id: "progress", kind: .bar, x: 24, y: 702, height: 8, cell: Part.Cell(row: 29, column: 0, width: 100)),
        ]
    }

    // MARK: Pictures

    /// What all parts show at a moment of the recording.
    func frame(at shown: Int64) -> Frame {
        let time = play.map.run(atShown: shown)
        let visible = story.lines.filter { $0.time <= time }.suffix(Self.terminal.lines)
        let captions = caption(at: shown)
        return parts.map { part in
            switch part.id {
            case "title": return Look(text: play.title.truncated(to: 66), style: "text")
            case "speed": return Look(text: speed(at: shown), style: "soft")
            case "clock":
                return Look(text: "+\(clock(time)) of \(clock(story.length))", style: "text")
            case "members":
                guard let count = story.members.last(where: { $0.time <= time })?.count, let all = story.members.first?.count else {
                    return Look()
                }
                return Look(text: "cluster: \(count) of \(all) members", style: count < all ? "waits" : "soft")
            case "caption0", "caption1":
                let index = part.id == "caption0" ? 0 : 1
                return Look(text: captions.count > index ? captions[index] : "", style: "text")
            case "future":
                let x = place(time)
                return Look(style: "card", x: x, width: Self.strip.x + Self.strip.width + 2 - x)
            case "now": return Look(style: "text", x: place(time), width: time > 0 && time < story.length ? 2 : 0)
            case "progress":
                return Look(style: "soft", x: part.x, width: Int(shown * 1_232 / max(1, play.map.length)))
            default: return look(part.id, time, Array(visible))
            }
        }
    }

    private func look(_ id: String, _ time: Int64, _ visible: [Story.Line]) -> Look {
        let digits = id.reversed().prefix { $0.isNumber }
        guard let index = Int(String(digits.reversed())) else { return Look() }
        switch id.dropLast(digits.count) {
        case "line":
            guard index < visible.count else { return Look() }
            return Look(text: visible[index].text.truncated(to: Self.terminal.columns), style: visible[index].manner.rawValue)
        case "mark": return Look(style: standing(story.machines[index], time).style)
        case "name": return Look(text: story.machines[index].name.truncated(to: 14), style: "text")
        case "does": return Look(text: standing(story.machines[index], time).words.truncated(to: 20), style: "soft")
        case "bar":
            let machine = story.machines[index]
            guard !machine.substeps.isEmpty else { return Look() }
            return Look(style: standing(machine, time).style, x: 800, width: 94 * machine.done(at: time) / machine.substeps.count)
        case "holds":
            let held = story.addresses.filter { $0.holder(at: time) == story.machines[index].name }.map { $0.shortName }
            return Look(text: held.joined(separator: ", ").truncated(to: 20), style: "up")
        case "felt": return felt(story.probes[index], time)
        default: return Look()
        }
    }

    /// How a machine stands: the style of its shape, and a few words.
    private func standing(_ machine: Story.Machine, _ time: Int64) -> (style: String, words: String) {
        if let failure = machine.failure, failure.time <= time, !machine.procedures.contains(where: { $0.contains(time) }) {
            return ("failed", failure.step)
        }
        if machine.procedures.contains(where: { $0.contains(time) }) {
            let substep = machine.substeps.last { $0.span.contains(time) }?.name
            return ("working", substep ?? "is updated")
        }
        if machine.breakpoints.contains(where: { $0.contains(time) }) { return ("breakpoint", "at its breakpoint") }
        if let end = machine.end, end <= time { return ("done", "is done") }
        return ("waiting", machine.procedures.isEmpty ? "is left alone" : "")
    }

    /// What clients of a probe feel.
    private func felt(_ probe: Story.Probe, _ time: Int64) -> Look {
        guard let state = probe.segments.last(where: { $0.span.from <= time && time <= $0.span.to })?.state else {
            return Look(
                text: probe.segments.first.map { time < $0.span.from } == true ? "not asked yet" : "not asked any more", style: "soft")
        }
        switch state {
        case .up: return Look(text: "answers", style: "up")
        case .slow: return Look(text: "answers late", style: "slow")
        case .unknown: return Look(text: "nobody can tell", style: "unknown")
        case .failed:
            let since = probe.outages.last { $0.from <= time }?.from ?? time
            return Look(text: "no answer for \(max(0, time - since) / 1_000) s", style: "failed")
        }
    }

    private func speed(at shown: Int64) -> String {
        let speed = play.map.speed(atShown: shown)
        return speed < 0.05 ? "stands still" : speed < 1.5 ? "as it was" : "×\(Int(speed.rounded()))"
    }

    private func clock(_ time: Int64) -> String { DurationText.elapsed(Double(time) / 1_000) }

    /// The place of an instant of the run on the strip.
    func place(_ time: Int64) -> Int {
        Self.strip.x + Int(Int64(Self.strip.width) * min(max(0, time), story.length) / max(1, story.length))
    }

    /// The words of a caption, in at most two lines.
    private func caption(at shown: Int64) -> [String] {
        guard let text = play.captions.last(where: { $0.from <= shown && shown < $0.to })?.text else { return [] }
        return text.wrapped(to: Self.captionColumns)
    }

    private static let captionColumns = 78

    // MARK: Changes

    /// What the parts show when the recording begins, and every change after that, in order of time.
    func changes(every milliseconds: Int64 = Stage.frameMilliseconds) -> (first: Frame, changes: [Change]) {
        let first = frame(at: 0)
        var (last, changes) = (first, [Change]())
        for shown in stride(from: milliseconds, through: play.map.length, by: Int(milliseconds)).map({ Int64($0) }) {
            let next = frame(at: shown)
            for index in parts.indices where next[index] != last[index] {
                changes.append(Change(shown: shown, part: index, look: next[index]))
            }
            last = next
        }
        return (first, changes)
    }
}

extension Story.Address {
    /// The name without what all addresses have in common.
    var shortName: String { name.hasPrefix("vip-") ? String(name.dropFirst(4)) : name }
}

extension String {
    /// The text cut to a number of characters, the last of them an ellipsis when something is missing.
    func truncated(to width: Int) -> String { count <= width ? self : String(prefix(max(0, width - 1))) + "…" }

    /// The text in at most two lines, broken between words; what does not fit is cut.
    func wrapped(to width: Int) -> [String] {
        var lines = [""]
        for word in split(separator: " ") {
            if lines[lines.count - 1].isEmpty {
                lines[lines.count - 1] = String(word)
            } else if lines[lines.count - 1].count + 1 + word.count <= width || lines.count == 2 {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines.filter { !$0.isEmpty }.map { $0.truncated(to: width) }
    }
}
