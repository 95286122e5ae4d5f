import RehearsalModel

/// When of a recording what is shown, and what is said.
public struct Screenplay: Sendable {
    /// A named place of the recording to jump to.
    public struct Chapter: Sendable, Hashable {
        /// When it begins, in milliseconds of the recording.
        public var shown: Int64
        /// The name.
        public var name: String
    }

    /// Something that is said.
    public struct Caption: Sendable, Hashable {
        /// From when, in milliseconds of the recording.
        public var from: Int64
        /// Until when.
        public var to: Int64
        /// The text.
        public var text: String
    }

    /// The title.
    public internal(set) var title = ""
    /// When what of the run is shown.
    public internal(set) var map = TimeMap(from: 0)
    /// The chapters, in order.
    public internal(set) var chapters: [Chapter] = []
    /// What is said, in order, without overlap.
    public internal(set) var captions: [Caption] = []
    /// The moment that stands for the whole recording.
    public internal(set) var poster: Int64 = 0

    /// What is said at a moment; nil if nothing is.
    func caption(at shown: Int64) -> String? { captions.last { $0.from <= shown && shown < $0.to }?.text }
}
