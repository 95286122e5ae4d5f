public import RehearsalModel

/// The file of a storyboard.
///
/// ```yaml
/// demo: rolling
/// title: "{{run.topology}}, updated one machine at a time"
/// length_s: 90
/// scenes:
///   - {scene: title, share: 1, captions: ["A cloud of {{run.machines}} machines."]}
/// ```
public struct StoryboardDocument: Sendable {
    /// The storyboard; nil if the file has none.
    public let storyboard: Storyboard?

    /// Reads a file.
    ///
    /// - Throws: All problems of the file.
    public static func decode(text: String, file: String) throws(DiagnosticsError) -> StoryboardDocument {
        try DiagnosticSink.collect { read(text: text, file: file, sink: $0) }.value
    }

    /// How long a recording is whose file does not say it, in seconds.
    static let usualSeconds = 90.0

    static func read(text: String, file: String, sink: DiagnosticSink) -> StoryboardDocument {
        guard
            let root = YAMLValue.document(text: text, file: file, sink: sink)?
                .record(required: ["demo", "title", "scenes"], optional: ["length_s"])
        else { return StoryboardDocument(storyboard: nil) }
        let seconds = root["length_s"]?.number(positive: true)
        if let seconds, !(10...3_600).contains(seconds.value) {
            sink.error("a recording is 10 to 3600 s long", at: seconds.location, hint: "\(Int(usualSeconds)) is usual")
        }
        let scenes = root["scenes"]?.list()?.compactMap { $0.scene() } ?? []
        if scenes.isEmpty, let location = root["scenes"]?.location { sink.error("there is no scene", at: location, hint: "add one") }
        let order = Storyboard.Scene.Kind.allCases
        for (earlier, later) in zip(scenes, scenes.dropFirst()) {
            let isInOrder = (order.firstIndex(of: earlier.kind.value) ?? 0) < (order.firstIndex(of: later.kind.value) ?? 0)
            guard !isInOrder else { continue }
            sink.error(
                "scene \"\(later.kind.value.rawValue)\" cannot come after \"\(earlier.kind.value.rawValue)\"", at: later.kind.location,
                hint: "each scene comes once, in this order: \(order.map(\.rawValue).joined(separator: ", "))")
        }
        guard let name = root["demo"]?.identifier(.lowerCase)?.value, let title = root["title"]?.text() else {
            return StoryboardDocument(storyboard: nil)
        }
        return StoryboardDocument(
            storyboard: Storyboard(
                name: name, title: Storyboard.Caption(title.value, at: title.location.description),
                seconds: seconds?.value ?? usualSeconds,
                scenes: scenes.map { scene in
                    Storyboard.Scene(
                        scene.kind.value, share: scene.share,
                        captions: scene.captions.map { Storyboard.Caption($0.value, at: $0.location.description) })
                }))
    }
}

extension YAMLValue {
    fileprivate func scene() -> (kind: Located<Storyboard.Scene.Kind>, share: Double, captions: [Located<String>])? {
        guard let record = record(required: ["scene", "share"], optional: ["captions"]), let name = record["scene"]?.text() else {
            return nil
        }
        let share = record["share"]?.number(positive: true)?.value ?? 1
        let captions = record["captions"]?.texts() ?? []
        guard let kind = Storyboard.Scene.Kind(rawValue: name.value) else {
            record["scene"]?.error(
                "there is no scene \"\(name.value)\"",
                hint: Suggestion.hint(for: name.value, among: Storyboard.Scene.Kind.allCases.map(\.rawValue), kind: "scenes"))
            return nil
        }
        return (Located(kind, at: name.location), share, captions)
    }
}
