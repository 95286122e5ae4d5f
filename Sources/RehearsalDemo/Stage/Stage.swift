import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// The stage: panes that stand still, and what their parts show at each moment of the recording.
///
/// What it shows depends on the run and the storyboard alone.
struct Stage: Scenery {
    /// Where the states of probes are drawn.
    private static let strip = (x: 304, y: 374, width: 706, step: 24)
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
        ] + Canvas.closingParts
    }

    // MARK: What stands still

    let panes = [
        Box(x: 24, y: 60, width: 576, height: 292), Box(x: 616, y: 60, width: 640, height: 292),
        Box(x: 24, y: 364, width: 1_232, height: 228),
        Canvas.captionBox,
    ]

    var labels: [Label] {
        [Label(text: "machines", x: 632, y: 92, size: 20, cell: Part.Cell(row: 2, column: 48, width: 20))]
            + story.probes.enumerated().map { index, probe in
                Label(
                    text: probe.name.truncated(to: 26), x: 40, y: Self.strip.y + index * Self.strip.step + 19, size: 18, style: "text",
                    cell: Part.Cell(row: 14 + index, column: 0, width: 22))
            }
    }

    var tracks: [Box] {
        story.machines.indices.prefix(Story.mostMachines).filter { !story.machines[$0].substeps.isEmpty }.map {
            Box(x: 800, y: Self.machineRows.y + $0 * Self.machineRows.step - 12, width: 94, height: 10)
        }
    }

    var strips: [Strip] {
        story.probes.enumerated().map { index, probe in
            Strip(
                segments: probe.segments, axis: Story.Span(from: 0, to: story.length),
                box: Box(x: Self.strip.x, y: Self.strip.y + index * Self.strip.step, width: Self.strip.width, height: Self.strip.step),
                cell: Part.Cell(row: 14 + index, column: 24, width: 50))
        }
    }

    func time(at shown: Int64) -> Int64 { play.map.run(atShown: shown) }

    // MARK: What changes

    /// What all parts show at a moment of the recording.
    func frame(at shown: Int64) -> Frame {
        let time = time(at: shown)
        let visible = story.lines.filter { $0.time <= time }.suffix(Self.terminal.lines)
        return parts.map { part in
            if let look = Canvas.closingLook(part.id, play, at: shown) { return look }
            switch part.id {
            case "title": return Look(text: play.title.truncated(to: 52), style: "text")
            case "speed": return Look(text: speed(at: shown), style: "soft")
            case "clock":
                return Look(text: "+\(clock(time)) of \(clock(story.length))", style: "text")
            case "members":
                guard let count = story.members.last(where: { $0.time <= time })?.count, let all = story.members.first?.count else {
                    return Look()
                }
                return Look(text: "cluster: \(count) of \(all) members", style: count < all ? "waits" : "soft")
            case "future":
                let x = place(time)
                return Look(style: "card", x: x, width: Self.strip.x + Self.strip.width + 2 - x)
            case "now": return Look(style: "text", x: place(time), width: time > 0 && time < story.length ? 2 : 0)
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
        case "mark": return Look(style: story.machines[index].standing(at: time).style)
        case "name": return Look(text: story.machines[index].name.truncated(to: 14), style: "text")
        case "does": return Look(text: story.machines[index].standing(at: time).words.truncated(to: 20), style: "soft")
        case "bar": return story.machines[index].bar(at: time, in: Box(x: 800, y: 0, width: 94, height: 10))
        case "holds":
            let held = story.addresses.filter { $0.holder(at: time) == story.machines[index].name }.map { $0.shortName }
            return Look(text: held.joined(separator: ", ").truncated(to: 20), style: "up")
        case "felt": return story.probes[index].look(at: time)
        default: return Look()
        }
    }

    private func speed(at shown: Int64) -> String {
        let speed = play.map.speed(atShown: shown)
        return speed < 0.05 ? "stands still" : speed < 1.5 ? "as it was" : "×\(Int(speed.rounded()))"
    }

    private func clock(_ time: Int64) -> String { DurationText.elapsed(Double(time) / 1_000) }

    /// The place of an instant of the run on the strips.
    private func place(_ time: Int64) -> Int {
        Self.strip.x + Int(Int64(Self.strip.width) * min(max(0, time), story.length) / max(1, story.length))
    }
}
