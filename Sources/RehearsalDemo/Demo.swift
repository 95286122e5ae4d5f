import Asciicast
public import Foundation
public import RehearsalAnalysis
public import RehearsalHistory
public import RehearsalModel

/// A run told as a recording, made from its history alone: the same history and storyboard give the same bytes.
public struct Demo: Sendable {
    /// A form of the recording.
    public enum Form: String, CaseIterable, Sendable {
        /// A page with a player, in one file.
        case html
        /// A picture that moves, for a README.
        case svg
        /// A recording of a terminal, asciicast version 2.
        case cast
        /// The same, asciicast version 3.
        case cast3
        /// What is said, and the chapters, as WebVTT.
        case vtt

        /// The forms that are made if none is named.
        public static let usual: [Form] = [.html, .svg, .cast, .vtt]

        /// The names of its files, and what is in them.
        func files(_ demo: Demo, _ palette: StagePalette) -> [(name: String, data: Data)] {
            let stage = demo.stage
            switch self {
            case .html: return [("demo.html", Data(DemoPage(stage: stage).render().utf8))]
            case .svg:
                let drawing = StageSVG(stage: stage, palette: palette)
                return [(palette == .light ? "demo.svg" : "demo-\(palette.name).svg", Data(MovingSVG(drawing: drawing).render().utf8))]
            case .cast: return [("demo.cast", StageCast(stage: stage).render().encoded())]
            case .cast3: return [("demo.cast", StageCast(stage: stage).render().encoded(.three))]
            case .vtt:
                return [
                    ("demo.vtt", Data(CaptionTracks.captions(stage.play).utf8)),
                    ("demo.chapters.vtt", Data(CaptionTracks.chapters(stage.play).utf8)),
                ]
            }
        }
    }

    /// One picture of the recording.
    public struct Picture: Sendable {
        /// The picture, as SVG.
        public var svg: String
        /// From when it is shown, in milliseconds of the recording.
        public var from: Int64
        /// Until when.
        public var to: Int64
    }

    let stage: any Scenery

    /// Tells a run.
    ///
    /// - Parameters:
    ///   - seconds: How long the recording is; nil for what the storyboard says.
    /// - Throws: ``DemoError`` if the run has not what the storyboard names; whatever the source throws.
    public init(_ analysis: RunAnalysis, facts: [Fact], storyboard: Storyboard, seconds: Double? = nil) throws(DemoError) {
        let story = Story(analysis, facts: facts)
        stage = Stage(story, try Screenwriter(storyboard, of: story, seconds: seconds).play)
    }

    /// Puts two runs side by side, on one clock that begins with the first machine's turn.
    ///
    /// - Parameter seconds: How long the recording is; nil for a minute.
    public init(
        _ left: (analysis: RunAnalysis, facts: [Fact]), beside right: (analysis: RunAnalysis, facts: [Fact]), seconds: Double? = nil
    ) {
        stage = Duet([left, right], seconds: seconds ?? Duet.usualSeconds)
    }

    /// The files of a form.
    public func files(_ form: Form, palette: StagePalette = .light) -> [(name: String, data: Data)] { form.files(self, palette) }

    /// Writes the files of forms into a folder.
    ///
    /// - Returns: The files.
    @discardableResult
    public func write(_ forms: [Form], palette: StagePalette = .light, to folder: URL) throws -> [URL] {
        try forms.flatMap { files($0, palette: palette) }.map { name, data in
            let file = folder.appendingPathComponent(name)
            try data.write(to: file, options: .atomic)
            return file
        }
    }

    /// When what is shown, and what is said.
    public var play: Screenplay { stage.play }

    /// Every picture of the recording that differs from the one before it.
    public func pictures(palette: StagePalette = .light) -> [Picture] {
        let drawing = StageSVG(stage: stage, palette: palette)
        var pictures: [Picture] = []
        var last: Frame?
        for shown in stride(from: Int64(0), to: play.map.length, by: Int(Canvas.frameMilliseconds)) {
            let frame = stage.frame(at: shown)
            if frame == last {
                pictures[pictures.count - 1].to = shown + Canvas.frameMilliseconds
            } else {
                pictures.append(Picture(svg: drawing.picture(of: frame), from: shown, to: shown + Canvas.frameMilliseconds))
            }
            last = frame
        }
        return pictures
    }

    /// The picture that stands for the whole recording.
    public func poster(palette: StagePalette = .light) -> String {
        StageSVG(stage: stage, palette: palette).picture(of: stage.frame(at: play.poster))
    }
}
