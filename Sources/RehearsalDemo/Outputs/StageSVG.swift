import Markup
import RehearsalHistory
import RehearsalModel

/// Draws the stage as SVG: as a picture of one moment, or as one that moves.
///
/// Colours are written out and nothing is asked from outside, because a README shows an SVG as a picture, and ffmpeg reads it by librsvg.
struct StageSVG {
    let stage: any Scenery
    let palette: StagePalette

    private static let sans = "\"DejaVu Sans\",\"Segoe UI\",Helvetica,Arial,sans-serif"
    private static let mono = "ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace"

    // MARK: Whole pictures

    /// The picture of a moment.
    func picture(of frame: Frame) -> String {
        opening + style + backdrop + zip(stage.parts, frame).map { drawn($0, $1) }.joined() + "</svg>\n"
    }

    /// The picture with every part under its name, for a page that changes them.
    func page(of frame: Frame) -> String {
        opening + backdrop + zip(stage.parts, frame).map { drawn($0, $1, named: true) }.joined() + "</svg>"
    }

    /// The style sheet of the picture.
    var css: String {
        "text{font-family:\(Self.sans);white-space:pre}.m{font-family:\(Self.mono)}.b{font-weight:700}.r{text-anchor:end}" + palette.css
    }

    private var opening: String {
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Canvas.width)\" height=\"\(Canvas.height)\" "
            + "viewBox=\"0 0 \(Canvas.width) \(Canvas.height)\" role=\"img\" aria-label=\"\(Markup.escaped(stage.play.title, in: .attribute))\">"
    }

    private var style: String { "<style>\(css)</style>" }

    // MARK: What stands still

    private var backdrop: String {
        var text = definitions + "<rect class=\"back\" width=\"\(Canvas.width)\" height=\"\(Canvas.height)\"/>"
        text += stage.panes.map { box($0, "pane", corner: 8) }.joined() + box(Canvas.progressBox, "line", corner: 4)
        text += stage.tracks.map { box($0, "line", corner: 5) }.joined()
        for label in stage.labels {
            text +=
                "<text class=\"\(label.style)\" x=\"\(label.x)\" y=\"\(label.y)\" font-size=\"\(label.size)\">"
                + "\(Markup.escaped(label.text.printable))</text>"
        }
        for chapter in stage.play.chapters.dropFirst() {
            let x = Canvas.progressBox.x + Int(chapter.shown * Int64(Canvas.progressBox.width) / max(1, stage.play.map.length))
            text += box(Box(x: x, y: 698, width: 2, height: 16), "soft")
        }
        return text + stage.strips.map(drawn).joined()
    }

    private func box(_ box: Box, _ style: String, corner: Int = 0) -> String {
        "<rect class=\"\(style)\" x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(box.width)\" height=\"\(box.height)\""
            + (corner > 0 ? " rx=\"\(corner)\"/>" : "/>")
    }

    private var definitions: String {
        "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
            + "<rect width=\"6\" height=\"6\" class=\"card\"/><rect width=\"2\" height=\"6\" class=\"unknown\"/></pattern>"
            + "<circle id=\"m-waiting\" cx=\"8\" cy=\"8\" r=\"5\" class=\"ring\" stroke-width=\"3\"/>"
            + "<path id=\"m-working\" d=\"M2 1l13 7-13 7z\" class=\"working\"/>"
            + "<path id=\"m-breakpoint\" d=\"M8 0l8 8-8 8-8-8z\" class=\"breakpoint\"/>"
            + "<rect id=\"m-done\" x=\"2\" y=\"2\" width=\"12\" height=\"12\" class=\"done\"/>"
            + "<path id=\"m-failed\" d=\"M2 2l12 12M14 2l-12 12\" class=\"cross\" stroke-width=\"4\"/></defs>"
    }

    /// What clients of a probe felt; of states that share a point the worst is drawn.
    private func drawn(_ strip: Strip) -> String {
        let length = Double(max(1, strip.axis.to - strip.axis.from))
        let spans = strip.segments.filter { $0.span.to > strip.axis.from && $0.span.from < strip.axis.to }.map { segment in
            (
                state: segment.state, from: Double(segment.span.from - strip.axis.from) / length,
                to: Double(segment.span.to - strip.axis.from) / length
            )
        }
        return PlacedState.join(spans, places: strip.box.width).map {
            self.strip($0.state, strip.box.x + $0.first, $0.last + 1 - $0.first, strip.box.y)
        }.joined()
    }

    private func strip(_ state: ProbeState, _ x: Int, _ width: Int, _ y: Int) -> String {
        switch state {
        case .up: return box(Box(x: x, y: y + 10, width: width, height: 4), "up")
        case .slow: return box(Box(x: x, y: y + 7, width: width, height: 10), "slow")
        case .failed: return box(Box(x: x, y: y + 2, width: width, height: 20), "failed")
        case .unknown:
            return "<rect fill=\"url(#hatch)\" x=\"\(x)\" y=\"\(y + 5)\" width=\"\(width)\" height=\"14\"/>"
        }
    }

    // MARK: What changes

    /// A part as it looks at a moment.
    ///
    /// - Parameters:
    ///   - named: Whether it has its name, and is drawn even if there is nothing to see.
    ///   - inside: What stands in the element, such as when it is seen.
    func drawn(_ part: Part, _ look: Look, named: Bool = false, inside: String = "", attributes: String = "") -> String {
        let name = (named ? " id=\"\(part.id)\"" : "") + attributes
        switch part.kind {
        case .text(let font):
            guard named || !look.text.isEmpty else { return "" }
            let kinds = (font.isMonospaced ? " m" : "") + (font.isBold || look.style == "typed" ? " b" : "") + (font.isRight ? " r" : "")
            return "<text\(name) class=\"\(look.style)\(kinds)\" x=\"\(part.x)\" y=\"\(part.y)\" font-size=\"\(font.size)\">"
                + Markup.escaped(look.text.printable) + inside + "</text>"
        case .mark:
            guard named || !look.style.isEmpty else { return "" }
            return "<use\(name) href=\"#m-\(look.style)\" x=\"\(part.x)\" y=\"\(part.y)\">\(inside)</use>"
        case .bar:
            guard named || look.width > 0 else { return "" }
            return
                "<rect\(name) class=\"\(look.style)\" x=\"\(look.x)\" y=\"\(part.y)\" width=\"\(max(0, look.width))\" height=\"\(part.height)\">"
                + "\(inside)</rect>"
        }
    }
}
