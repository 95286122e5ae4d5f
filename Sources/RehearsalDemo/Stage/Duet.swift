import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// Two runs side by side, on one clock that begins with the first machine's turn.
struct Duet: Scenery {
    let play: Screenplay
    let parts: [Part]
    private let sides: [Side]

    /// One of the runs.
    private struct Side {
        let story: Story
        /// When the first machine's turn began, in milliseconds of the run.
        let begin: Int64
        /// The left edge of its pane.
        let x: Int
        /// The first column of the terminal.
        let column: Int

        /// The instant of the run at a time of the common clock.
        func time(_ clock: Int64) -> Int64 { begin + clock }
        /// When its last machine was done, on the common clock.
        var end: Int64 { (story.machines.compactMap(\.end).max() ?? story.length) - begin }
        var name: String { story.analysis.conditions.strategy }
        var strips: Int { Duet.machineRow + min(story.machines.count, Story.mostMachines) * Duet.machineStep + 8 }
    }

    private static let paneWidth = 608
    private static let machineRow = 130
    private static let machineStep = 28
    private static let stripWidth = 212
    /// How much of the time before the first machine's turn is shown at most, in milliseconds.
    private static let lead: Int64 = 20_000
    /// How long the recording is if nobody says, in seconds.
    static let usualSeconds = 60.0

    /// Puts two runs side by side.
    init(_ runs: [(analysis: RunAnalysis, facts: [Fact])], seconds: Double) {
        let names = Self.probes(runs.map(\.analysis))
        sides = runs.enumerated().map { index, run in
            let story = Story(run.analysis, facts: run.facts, probes: names)
            return Side(
                story: story, begin: story.machines.compactMap(\.begin).min() ?? 0, x: index == 0 ? 24 : 648, column: index == 0 ? 0 : 51)
        }
        play = Self.screenplay(sides, seconds: seconds)
        parts = Self.parts(sides)
    }

    /// The probes that failed longest in either run, of those that both have.
    private static func probes(_ analyses: [RunAnalysis]) -> [String] {
        func worst(_ name: String) -> Double {
            analyses.compactMap { analysis in
                analysis.probes.first { $0.specification.name == name }?.client(patience: Patience.headline)?.failed.outages.map(
                    \.loSeconds
                ).max()
            }.max() ?? -1
        }
        let common = analyses.dropFirst().reduce(analyses.first?.probes.map(\.specification.name) ?? []) { names, analysis in
            names.filter { name in analysis.probes.contains { $0.specification.name == name } }
        }
        let chosen = Set(
            common.enumerated().sorted { (worst($1.element), $0.offset) < (worst($0.element), $1.offset) }.prefix(Story.mostProbes).map(
                \.element))
        return common.filter(chosen.contains)
    }

    // MARK: What is said

    private static func screenplay(_ sides: [Side], seconds: Double) -> Screenplay {
        var play = Screenplay()
        let length = Int64((seconds * 1_000).rounded())
        let names = sides.map(\.name).joined(separator: " beside ")
        play.title = "\(names): \(sides.first?.story.analysis.conditions.topology ?? ""), from the first machine's turn on"
        let lead = min(lead, sides.map(\.begin).min() ?? 0)
        play.map = TimeMap(from: -lead)
        func say(_ texts: [String], _ from: Int64, _ to: Int64) {
            for (index, text) in texts.enumerated() {
                let (first, last) = (Int64(index), Int64(index + 1))
                play.captions.append(
                    Screenplay.Caption(
                        from: from + (to - from) * first / Int64(texts.count), to: from + (to - from) * last / Int64(texts.count),
                        text: text))
            }
        }
        play.chapters.append(Screenplay.Chapter(shown: 0, name: "title"))
        play.map.extend(to: -lead, taking: length / 12)
        say(["The same update in two ways: \(names)."], 0, play.map.length)

        play.chapters.append(Screenplay.Chapter(shown: play.map.length, name: "the updates"))
        let begin = play.map.length
        let ends = sides.map(\.end).sorted()
        play.map.extend(to: ends.last ?? 0, taking: length * 8 / 12)
        let first = ends.first.map { play.map.shown(atRun: $0) } ?? begin
        say(["Strips are what users ask; a full bar is no answer."], begin, first)
        if let early = sides.min(by: { $0.end < $1.end }), early.end < ends.last ?? 0 {
            say(["\(early.name) is done after \(DurationText.spoken(Double(early.end) / 1_000))."], first, play.map.length)
        }

        play.chapters.append(Screenplay.Chapter(shown: play.map.length, name: "what users felt"))
        let over = play.map.length
        play.map.extend(to: play.map.end.run, taking: length - over)
        say(sides.map(summary), over, play.map.length)
        play.poster = (over + play.map.length) / 2
        return play
    }

    private static func summary(_ side: Side) -> String {
        let failed = side.story.analysis.probes.count { $0.client(patience: Patience.headline)?.failed.outages.isEmpty == false }
        guard let worst = side.story.worst else { return "\(side.name): no request failed." }
        return "\(side.name): \(failed) probes failed, at most \(DurationText.spoken(worst.loSeconds)) (\(worst.probe))."
    }

    // MARK: Parts

    private static func parts(_ sides: [Side]) -> [Part] {
        var parts = [
            Part(id: "title", kind: .text(Part.Font(size: 24, isBold: true)), x: 24, y: 42, cell: Part.Cell(row: 0, column: 0, width: 80)),
            Part(
                id: "clock", kind: .text(Part.Font(size: 24, isMonospaced: true, isRight: true)), x: 1_256, y: 42,
                cell: Part.Cell(row: 0, column: 84, width: 16)),
        ]
        for (number, side) in sides.enumerated() {
            func id(_ name: String, _ index: Int = 0) -> String { "\(name)\(number)-\(index)" }
            let (x, column) = (side.x, side.column)
            parts.append(
                Part(
                    id: id("stands"), kind: .text(Part.Font(size: 20, isRight: true)), x: x + paneWidth - 14, y: 94,
                    cell: Part.Cell(row: 2, column: column + 20, width: 28)))
            for index in side.story.machines.indices.prefix(Story.mostMachines) {
                let (y, row) = (machineRow + index * machineStep, 3 + index)
                parts += [
                    Part(id: id("mark", index), kind: .mark, x: x + 16, y: y - 16, cell: Part.Cell(row: row, column: column, width: 1)),
                    Part(id: id("bar", index), kind: .bar, x: x + 200, y: y - 12, height: 10),
                    Part(
                        id: id("does", index), kind: .text(Part.Font(size: 20)), x: x + 316, y: y,
                        cell: Part.Cell(row: row, column: column + 18, width: 28)),
                ]
            }
            for index in side.story.probes.indices {
                parts.append(
                    Part(
                        id: id("felt", index), kind: .text(Part.Font(size: 18)), x: x + 432, y: side.strips + index * 24 + 18,
                        cell: Part.Cell(row: 12 + index, column: column + 33, width: 16)))
            }
            let high = max(1, side.story.probes.count) * 24
            parts += [
                Part(id: id("future"), kind: .bar, x: x + 212, y: side.strips, height: high),
                Part(id: id("now"), kind: .bar, x: x + 212, y: side.strips, height: high),
            ]
        }
        return parts + Canvas.closingParts
    }

    // MARK: What stands still

    var panes: [Box] { sides.map { Box(x: $0.x, y: 60, width: Self.paneWidth, height: 532) } + [Canvas.captionBox] }

    var labels: [Label] {
        sides.flatMap { side in
            [
                Label(
                    text: side.name, x: side.x + 16, y: 94, size: 24, style: "text", cell: Part.Cell(row: 2, column: side.column, width: 20)
                )
            ]
                + side.story.machines.prefix(Story.mostMachines).enumerated().map { index, machine in
                    Label(
                        text: machine.name.truncated(to: 14), x: side.x + 44, y: Self.machineRow + index * Self.machineStep, size: 20,
                        style: "text", cell: Part.Cell(row: 3 + index, column: side.column + 2, width: 15))
                }
                + side.story.probes.enumerated().map { index, probe in
                    Label(
                        text: probe.name.truncated(to: 19), x: side.x + 16, y: side.strips + index * 24 + 18, size: 17, style: "text",
                        cell: Part.Cell(row: 12 + index, column: side.column, width: 14))
                }
        }
    }

    var tracks: [Box] {
        sides.flatMap { side in
            side.story.machines.indices.prefix(Story.mostMachines).filter { !side.story.machines[$0].substeps.isEmpty }.map {
                Box(x: side.x + 200, y: Self.machineRow + $0 * Self.machineStep - 12, width: 100, height: 10)
            }
        }
    }

    var strips: [Strip] {
        let end = sides.map(\.end).max() ?? 0
        return sides.flatMap { side in
            side.story.probes.enumerated().map { index, probe in
                let segments = probe.segments.map { segment in
                    (state: segment.state, span: Story.Span(from: segment.span.from - side.begin, to: segment.span.to - side.begin))
                }
                return Strip(
                    segments: segments, axis: Story.Span(from: play.map.corners[0].run, to: end),
                    box: Box(x: side.x + 212, y: side.strips + index * 24, width: Self.stripWidth, height: 24),
                    cell: Part.Cell(row: 12 + index, column: side.column + 15, width: 17))
            }
        }
    }

    // MARK: What changes

    func time(at shown: Int64) -> Int64 { play.map.run(atShown: shown) }

    func frame(at shown: Int64) -> Frame {
        let clock = time(at: shown)
        return parts.map { part in
            if let look = Canvas.closingLook(part.id, play, at: shown) { return look }
            switch part.id {
            case "title": return Look(text: play.title.truncated(to: 78), style: "text")
            case "clock": return Look(text: "+" + DurationText.elapsed(Double(clock) / 1_000), style: "text")
            default:
                let name = part.id.prefix { $0.isLetter }
                let numbers = part.id.dropFirst(name.count).split(separator: "-").compactMap { Int($0) }
                guard numbers.count == 2 else { return Look() }
                return look(String(name), sides[numbers[0]], numbers[1], part, clock)
            }
        }
    }

    private func look(_ name: String, _ side: Side, _ index: Int, _ part: Part, _ clock: Int64) -> Look {
        let time = side.time(clock)
        let axis = (from: play.map.corners[0].run, to: sides.map(\.end).max() ?? 0)
        let place = part.x + Int(Int64(Self.stripWidth) * (min(max(axis.from, clock), axis.to) - axis.from) / max(1, axis.to - axis.from))
        switch name {
        case "stands":
            guard clock >= side.end else {
                return Look(text: "\(side.story.machines.count { ($0.end ?? .max) <= time }) machines done", style: "soft")
            }
            return Look(text: "done after \(DurationText.spoken(Double(side.end) / 1_000))", style: "good")
        case "mark": return Look(style: side.story.machines[index].standing(at: time).style)
        case "does": return Look(text: side.story.machines[index].standing(at: time).words.truncated(to: 24), style: "soft")
        case "bar": return side.story.machines[index].bar(at: time, in: Box(x: part.x, y: 0, width: 100, height: 10))
        case "felt":
            var look = side.story.probes[index].look(at: clock >= side.end ? .max : time)
            look.text = look.text.truncated(to: 18)
            return look
        case "future": return Look(style: "card", x: place, width: part.x + Self.stripWidth + 2 - place)
        case "now": return Look(style: "text", x: place, width: clock > axis.from && clock < axis.to ? 2 : 0)
        default: return Look()
        }
    }
}
