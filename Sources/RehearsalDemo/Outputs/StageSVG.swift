import Markup
import RehearsalHistory
import RehearsalModel

/// Draws the stage as SVG: as a picture of one moment, or as one that moves.
///
/// Colours are written out and nothing is asked from outside, because a README shows an SVG as a picture, and ffmpeg reads it by librsvg.
struct StageSVG {
    let stage: Stage
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
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Stage.width)\" height=\"\(Stage.height)\" "
            + "viewBox=\"0 0 \(Stage.width) \(Stage.height)\" role=\"img\" aria-label=\"\(Markup.escaped(stage.play.title, in: .attribute))\">"
    }

    private var style: String { "<style>\(css)</style>" }

    // MARK: What stands still

    private var backdrop: String {
        let panes = [(24, 60, 576, 292), (616, 60, 640, 292), (24, 364, 1_232, 228), (24, 604, 1_232, 84)]
        var text = definitions + "<rect class=\"back\" width=\"\(Stage.width)\" height=\"\(Stage.height)\"/>"
        for (x, y, width, height) in panes {
            text += "<rect class=\"pane\" x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"8\"/>"
        }
        text += "<rect x=\"24\" y=\"702\" width=\"1232\" height=\"8\" rx=\"4\" class=\"line\"/>"
        text += "<text class=\"soft\" x=\"632\" y=\"92\" font-size=\"20\">machines</text>"
        for index in stage.story.machines.indices.prefix(Story.mostMachines) where !stage.story.machines[index].substeps.isEmpty {
            text += "<rect x=\"800\" y=\"\(112 + index * 30)\" width=\"94\" height=\"10\" rx=\"5\" class=\"line\"/>"
        }
        for chapter in stage.play.chapters.dropFirst() {
            let x = 24 + chapter.shown * 1_232 / max(1, stage.play.map.length)
            text += "<rect x=\"\(x)\" y=\"698\" width=\"2\" height=\"16\" class=\"soft\"/>"
        }
        return text + strips
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

    /// What clients of each probe felt in the whole run; a cover hides what has not come yet.
    private var strips: String {
        var text = ""
        for (index, probe) in stage.story.probes.enumerated() {
            let y = Stage.strip.y + index * Stage.strip.step
            text +=
                "<text class=\"text\" x=\"40\" y=\"\(y + 19)\" font-size=\"18\">\(Markup.escaped(probe.name.printable.truncated(to: 22)))</text>"
            var runs: [(state: String, from: Int, to: Int)] = []
            for segment in probe.segments {
                let (from, to) = (stage.place(segment.span.from), max(stage.place(segment.span.to), stage.place(segment.span.from) + 1))
                if let last = runs.last, last.to > from {
                    // What is failed is never hidden by what follows within the same point.
                    if segment.state == .failed { runs[runs.count - 1].to = max(last.from, from) } else if last.to >= to { continue }
                }
                let begin = max(from, runs.last?.to ?? from)
                if let last = runs.last, last.state == segment.state.rawValue, last.to == begin {
                    runs[runs.count - 1].to = max(last.to, to)
                } else if begin < to {
                    runs.append((segment.state.rawValue, begin, to))
                }
            }
            for run in runs where run.from < run.to { text += strip(run.state, run.from, run.to - run.from, y) }
        }
        return text
    }

    private func strip(_ state: String, _ x: Int, _ width: Int, _ y: Int) -> String {
        switch state {
        case "up": return rect("up", x, y + 10, width, 4)
        case "slow": return rect("slow", x, y + 7, width, 10)
        case "failed": return rect("failed", x, y + 2, width, 20)
        default:
            return "<rect fill=\"url(#hatch)\" x=\"\(x)\" y=\"\(y + 5)\" width=\"\(width)\" height=\"14\"/>"
        }
    }

    private func rect(_ style: String, _ x: Int, _ y: Int, _ width: Int, _ height: Int) -> String {
        "<rect class=\"\(style)\" x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\"/>"
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
