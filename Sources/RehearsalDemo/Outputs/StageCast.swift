import Asciicast
import RehearsalHistory
import RehearsalModel

/// `demo.cast`: the stage on a terminal of 100 columns and 30 rows.
///
/// A terminal that is smaller cuts it off, because lines do not wrap. Everything is painted anew at each chapter, so that a player that jumps
/// there shows the whole stage; in between only what changed.
struct StageCast {
    let stage: any Scenery

    /// How far apart changes are, in milliseconds.
    private static let step: Int64 = 200

    /// A character and its colour: a number of the terminal's own palette, and whether it is bold.
    private struct Glyph: Hashable {
        var character: Character = " "
        var colour = 39
        var isBold = false
    }

    func render() -> Asciicast {
        let play = stage.play
        var cast = Asciicast(width: Canvas.columns, height: Canvas.rows, title: play.title)
        var shown: Int64 = 0
        var (last, chapters) = ([[Glyph]](), play.chapters[...])
        func print(_ text: String) { cast.append(Asciicast.Entry(time: Double(shown) / 1_000, text: text)) }
        // No cursor, and no wrapping where the terminal is smaller.
        print("\u{1B}[?25l\u{1B}[?7l")
        while shown <= play.map.length {
            let grid = grid(at: shown)
            var isChapter = false
            while let chapter = chapters.first, chapter.shown <= shown {
                cast.append(Asciicast.Entry(time: Double(shown) / 1_000, code: .marker, text: chapter.name))
                chapters.removeFirst()
                isChapter = true
            }
            if isChapter || last.isEmpty {
                print("\u{1B}[2J" + paint(grid, over: []))
            } else if grid != last {
                print(paint(grid, over: last))
            }
            last = grid
            shown += Self.step
        }
        shown = play.map.length
        print("\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[\(Canvas.rows);1H")
        return cast
    }

    private func grid(at shown: Int64) -> [[Glyph]] {
        var grid = [[Glyph]](repeating: [Glyph](repeating: Glyph(), count: Canvas.columns), count: Canvas.rows)
        func write(_ text: String, _ row: Int, _ column: Int, _ width: Int, _ colour: Int, bold: Bool = false, right: Bool = false) {
            let text = text.printable.truncated(to: width)
            let start = right ? column + width - text.count : column
            for (index, character) in text.enumerated() where start + index < Canvas.columns {
                grid[row][start + index] = Glyph(character: character, colour: colour, isBold: bold)
            }
        }
        for label in stage.labels {
            if let cell = label.cell { write(label.text, cell.row, cell.column, cell.width, Self.colour(label.style)) }
        }
        for (part, look) in zip(stage.parts, stage.frame(at: shown)) {
            guard let cell = part.cell else { continue }
            switch part.kind {
            case .text(let font):
                write(
                    look.text, cell.row, cell.column, cell.width, Self.colour(look.style), bold: font.isBold || look.style == "typed",
                    right: font.isRight)
            case .mark: write(Self.mark(look.style), cell.row, cell.column, cell.width, Self.colour(look.style))
            case .bar:
                write(
                    String(repeating: "━", count: look.width * cell.width / Canvas.progressBox.width), cell.row, cell.column, cell.width, 90
                )
            }
        }
        let time = stage.time(at: shown)
        for strip in stage.strips {
            let (length, columns) = (strip.axis.to - strip.axis.from, Int64(strip.cell.width))
            for column in 0..<columns {
                let part = Story.Span(
                    from: strip.axis.from + length * column / columns, to: strip.axis.from + length * (column + 1) / columns)
                guard part.from <= time else { break }
                let until = min(part.to, time + 1)
                let states = Set(
                    strip.segments.filter { $0.span.from < until && part.from < max($0.span.to, $0.span.from + 1) }.map(\.state))
                let (text, colour): (String, Int) =
                    states.contains(.failed)
                    ? ("█", 31)
                    : states.contains(.slow) ? ("▄", 33) : states.contains(.unknown) ? ("░", 90) : states.isEmpty ? (" ", 39) : ("─", 34)
                write(text, strip.cell.row, strip.cell.column + Int(column), 1, colour)
            }
        }
        return grid
    }

    private func paint(_ grid: [[Glyph]], over last: [[Glyph]]) -> String {
        var text = ""
        for (row, line) in grid.enumerated() {
            var column = 0
            while column < line.count {
                let isSame = last.isEmpty ? line[column] == Glyph() : line[column] == last[row][column]
                guard !isSame else {
                    column += 1
                    continue
                }
                text += "\u{1B}[\(row + 1);\(column + 1)H"
                var style: Glyph?
                while column < line.count, last.isEmpty ? line[column] != Glyph() : line[column] != last[row][column] {
                    let glyph = line[column]
                    if style.map({ $0.colour != glyph.colour || $0.isBold != glyph.isBold }) ?? true {
                        text += "\u{1B}[0\(glyph.isBold ? ";1" : "");\(glyph.colour)m"
                        style = glyph
                    }
                    text.append(glyph.character)
                    column += 1
                }
            }
        }
        return text.isEmpty ? "" : text + "\u{1B}[0m"
    }

    private static func colour(_ style: String) -> Int {
        switch style {
        case "up", "good", "done": 34
        case "failed", "bad": 31
        case "slow", "waits", "breakpoint": 33
        case "working": 35
        case "soft", "said", "unknown", "waiting": 90
        default: 39
        }
    }

    private static func mark(_ style: String) -> String {
        switch style {
        case "working": "▶"
        case "breakpoint": "◆"
        case "done": "■"
        case "failed": "×"
        default: "○"
        }
    }
}
