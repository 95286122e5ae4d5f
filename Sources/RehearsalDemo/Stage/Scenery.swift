import RehearsalHistory

/// What every output is made of: parts that change, and what stands still behind them.
protocol Scenery: Sendable {
    /// When what is shown, and what is said.
    var play: Screenplay { get }
    /// The parts that change, in a fixed order.
    var parts: [Part] { get }
    /// The panes, as left edge, upper edge, width and height.
    var panes: [Box] { get }
    /// Words that stand still.
    var labels: [Label] { get }
    /// Where bars of machines run.
    var tracks: [Box] { get }
    /// What clients of each probe felt in the whole run; a part covers what has not come yet.
    var strips: [Strip] { get }

    /// What all parts show at a moment of the recording.
    func frame(at shown: Int64) -> Frame
    /// The instant of the runs, in milliseconds, up to which strips are seen at a moment of the recording.
    func time(at shown: Int64) -> Int64
}

/// A rectangle of the picture.
struct Box: Sendable, Hashable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int
}

/// Words that stand still.
struct Label: Sendable, Hashable {
    var text: String
    var x: Int
    var y: Int
    var size: Int
    var style = "soft"
    var cell: Part.Cell?
}

/// What clients of a probe felt, along an axis of time.
struct Strip: Sendable {
    var segments: [(state: ProbeState, span: Story.Span)]
    /// What part of the run the axis shows.
    var axis: Story.Span
    /// Where it is drawn.
    var box: Box
    var cell: Part.Cell

    /// The place of an instant of the run.
    func place(_ time: Int64) -> Int {
        box.x + Int(Int64(box.width) * (min(max(axis.from, time), axis.to) - axis.from) / max(1, axis.to - axis.from))
    }
}

/// The picture, which all scenery shares.
enum Canvas {
    /// The size in pixels.
    static let (width, height) = (1_280, 720)
    /// The columns and rows of the terminal.
    static let (columns, rows) = (100, 30)
    /// How far apart two pictures are, in milliseconds of the recording.
    static let frameMilliseconds: Int64 = 100
    /// How many characters of a caption fit into a line.
    static let captionColumns = 78

    /// Where captions and the bar of the recording are.
    static let captionBox = Box(x: 24, y: 604, width: 1_232, height: 84)
    static let progressBox = Box(x: 24, y: 702, width: 1_232, height: 8)

    /// The parts at the lower edge: the caption in two lines, and how far the recording is.
    static let closingParts = [
        Part(id: "caption0", kind: .text(Part.Font(size: 28)), x: 44, y: 640, cell: Part.Cell(row: 25, column: 2, width: 96)),
        Part(id: "caption1", kind: .text(Part.Font(size: 28)), x: 44, y: 674, cell: Part.Cell(row: 26, column: 2, width: 96)),
        Part(id: "progress", kind: .bar, x: 24, y: 702, height: 8, cell: Part.Cell(row: 29, column: 0, width: 100)),
    ]

    /// What they show.
    static func closingLook(_ id: String, _ play: Screenplay, at shown: Int64) -> Look? {
        switch id {
        case "caption0", "caption1":
            let lines = play.caption(at: shown)?.wrapped(to: captionColumns) ?? []
            let index = id == "caption0" ? 0 : 1
            return Look(text: lines.count > index ? lines[index] : "", style: "text")
        case "progress":
            return Look(style: "soft", x: progressBox.x, width: Int(shown * Int64(progressBox.width) / max(1, play.map.length)))
        default: return nil
        }
    }
}

extension Scenery {
    /// What the parts show when the recording begins, and every change after that, in order of time.
    func changes(every milliseconds: Int64 = Canvas.frameMilliseconds) -> (first: Frame, changes: [Change]) {
        let first = frame(at: 0)
        var (last, changes) = (first, [Change]())
        for shown in stride(from: milliseconds, through: play.map.length, by: Int(milliseconds)) {
            let next = frame(at: shown)
            for index in parts.indices where next[index] != last[index] {
                changes.append(Change(shown: shown, part: index, look: next[index]))
            }
            last = next
        }
        return (first, changes)
    }
}
