import RehearsalModel

/// `demo.vtt` and `demo.chapters.vtt`: what is said and the chapters as WebVTT.
enum CaptionTracks {
    static func captions(_ play: Screenplay) -> String {
        "WEBVTT\n\n"
            + play.captions.enumerated().map { index, caption in
                cue("\(index + 1)", caption.from, caption.to, caption.text)
            }.joined()
    }

    static func chapters(_ play: Screenplay) -> String {
        "WEBVTT\n\n"
            + play.chapters.enumerated().map { index, chapter in
                cue(
                    "\(index + 1)", chapter.shown, index + 1 < play.chapters.count ? play.chapters[index + 1].shown : play.map.length,
                    chapter.name)
            }.joined()
    }

    private static func cue(_ name: String, _ from: Int64, _ to: Int64, _ text: String) -> String {
        guard from < to else { return "" }
        let safe = text.printable.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("-->", with: "--&gt;")
        return "\(name)\n\(time(from)) --> \(time(to))\n\(safe)\n\n"
    }

    private static func time(_ milliseconds: Int64) -> String {
        func digits(_ value: Int64, _ count: Int) -> String { String(String(value + 10_000).suffix(count)) }
        let seconds = milliseconds / 1_000
        return "\(digits(seconds / 3_600, 2)):\(digits(seconds / 60 % 60, 2)):\(digits(seconds % 60, 2)).\(digits(milliseconds % 1_000, 3))"
    }
}
