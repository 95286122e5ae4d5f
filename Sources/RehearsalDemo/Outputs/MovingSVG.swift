import RehearsalModel

/// `demo.svg`: the stage as a picture that moves by itself and begins anew at its end.
///
/// It moves by SMIL's `<set>`, which wakes a browser only when something changes. Where nothing moves, it is the picture of its poster.
struct MovingSVG {
    let drawing: StageSVG

    /// How far apart changes are, in milliseconds: a README is no cinema.
    private static let step: Int64 = 500
    /// How long the end is held before it begins anew, in milliseconds.
    private static let hold: Int64 = 6_000

    private var stage: any Scenery { drawing.stage }

    func render() -> String {
        let length = stage.play.map.length
        let (first, changes) = stage.changes(every: Self.step)
        let poster = stage.frame(at: stage.play.poster)
        var history: [[(shown: Int64, look: Look)]] = first.map { [(Int64(0), $0)] }
        for change in changes { history[change.part].append((change.shown, change.look)) }

        var body = ""
        for (index, part) in stage.parts.enumerated() {
            let looks = history[index]
            guard looks.count > 1 else {
                body += drawing.drawn(part, looks[0].look)
                continue
            }
            body += part.kind == .bar ? bar(part, looks, poster[index]) : variants(part, looks, poster[index], until: length + Self.hold)
        }
        let clock =
            "<rect width=\"0\" height=\"0\"><animate id=\"t\" attributeName=\"x\" from=\"0\" to=\"0\" begin=\"0s;t.end\" "
            + "dur=\"\(seconds(length + Self.hold))\"/></rect>"
        let picture = drawing.picture(of: [])
        return picture.replacingLast("</svg>\n", with: clock + body + "</svg>\n")
    }

    /// A bar: one element whose edge and width are set anew.
    private func bar(_ part: Part, _ looks: [(shown: Int64, look: Look)], _ poster: Look) -> String {
        var inside = ""
        for (look, next) in zip(looks, looks.dropFirst().map { Optional($0) } + [nil]) {
            let until = next.map { seconds($0.shown - look.shown) } ?? "indefinite"
            let begin = "t.begin+\(seconds(look.shown))"
            if look.look.x != poster.x { inside += set("x", "\(look.look.x)", begin, until) }
            if look.look.width != poster.width { inside += set("width", "\(max(0, look.look.width))", begin, until) }
        }
        return drawing.drawn(
            part, poster.style.isEmpty ? looks.last { !$0.look.style.isEmpty }?.look ?? poster : poster, named: true, inside: inside)
    }

    /// Words and shapes: an element for each look, seen while it is due.
    private func variants(_ part: Part, _ looks: [(shown: Int64, look: Look)], _ poster: Look, until end: Int64) -> String {
        var spans: [Look: [(from: Int64, to: Int64)]] = [:]
        var order: [Look] = []
        for (index, look) in looks.enumerated() {
            if spans[look.look] == nil { order.append(look.look) }
            spans[look.look, default: []].append((look.shown, index + 1 < looks.count ? looks[index + 1].shown : end))
        }
        return order.map { look in
            guard let due = spans[look] else { return "" }
            if look == poster {
                // It is seen where nothing moves, and hidden while it is not due.
                var (inside, from) = ("", Int64(0))
                for span in due + [(end, end)] {
                    if from < span.from {
                        inside += set("visibility", "hidden", "t.begin+\(seconds(from))", seconds(span.from - from))
                    }
                    from = span.to
                }
                return drawing.drawn(part, look, inside: inside)
            }
            let inside = due.map { set("visibility", "visible", "t.begin+\(seconds($0.from))", seconds($0.to - $0.from)) }.joined()
            return drawing.drawn(part, look, inside: inside, attributes: " visibility=\"hidden\"")
        }.joined()
    }

    private func set(_ attribute: String, _ value: String, _ begin: String, _ duration: String) -> String {
        "<set attributeName=\"\(attribute)\" to=\"\(value)\" begin=\"\(begin)\" dur=\"\(duration)\"/>"
    }

    private func seconds(_ milliseconds: Int64) -> String { "\(DurationText.number(Double(milliseconds) / 1_000))s" }
}

extension String {
    fileprivate func replacingLast(_ text: String, with other: String) -> String {
        hasSuffix(text) ? String(dropLast(text.count)) + other : self
    }
}
