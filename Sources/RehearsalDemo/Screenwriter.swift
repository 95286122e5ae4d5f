import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// Lays a storyboard over a run: when each scene is shown, what is said, and which part of the run passes meanwhile.
struct Screenwriter {
    /// What comes of it.
    private(set) var play = Screenplay()
    private let story: Story
    private var problems: [String] = []

    /// How many characters a second a reader of captions can follow, and how long each has to stand at least, in milliseconds. Guides for
    /// subtitles say 15 to 20 characters.
    static let charactersPerSecond = 20.0
    static let leastMilliseconds: Int64 = 1_500

    /// Lays a storyboard over a run.
    ///
    /// - Parameter seconds: How long the recording is; nil for what the storyboard says.
    /// - Throws: ``DemoError`` with all problems of the storyboard, such as a caption that names what the run has not.
    init(_ storyboard: Storyboard, of story: Story, seconds: Double? = nil) throws(DemoError) {
        self.story = story
        let scenes = storyboard.scenes.filter { $0.kind != .outage || story.worst != nil }
        let machines = story.machines.filter { $0.begin != nil }.sorted { ($0.begin ?? 0, $0.name) < ($1.begin ?? 0, $1.name) }
        let words = CaptionWords(story)
        let shares = scenes.reduce(0) { $0 + (machines.isEmpty && $1.kind == .machines ? 0 : $1.share) }
        let length = Int64(((seconds ?? storyboard.seconds) * 1_000).rounded())
        func milliseconds(_ share: Double) -> Int64 { Int64((Double(length) * share / max(shares, 1e-9)).rounded()) }
        play.title = fill(storyboard.title, words)

        let begin = machines.first?.begin ?? story.length
        let over = max(begin, machines.compactMap(\.end).max() ?? begin)
        let freeze = scenes.first { $0.kind == .outage }
        var freezes: [(at: Int64, scene: Storyboard.Scene, takes: Int64)] = []
        if let freeze, let worst = story.worst {
            freezes = [(story.milliseconds(worst.end ?? worst.lastFailure), freeze, milliseconds(freeze.share))]
        }
        for scene in scenes {
            let takes = milliseconds(scene.share)
            switch scene.kind {
            case .title, .cloud, .plan:
                still(scene, words, takes)
            case .quiet:
                play.chapters.append(Screenplay.Chapter(shown: play.map.length, name: "before the update"))
                say(scene, words, pass(until: begin, taking: takes, freezes: &freezes, words))
            case .machines:
                for (index, machine) in machines.enumerated() {
                    play.chapters.append(Screenplay.Chapter(shown: play.map.length, name: machine.name))
                    let end = index + 1 < machines.count ? machines[index + 1].begin ?? over : over
                    let part = takes * Int64(index + 1) / Int64(machines.count) - takes * Int64(index) / Int64(machines.count)
                    say(scene, words.and(machine, of: story), pass(until: end, taking: part, freezes: &freezes, words))
                }
            case .outage: break
            case .after:
                play.chapters.append(Screenplay.Chapter(shown: play.map.length, name: "after the update"))
                say(scene, words, pass(until: story.length, taking: takes, freezes: &freezes, words))
            case .verdict:
                // What no scene has told by now is over.
                play.map.extend(to: story.length, taking: 0)
                still(scene, words, takes)
                play.poster = max(0, play.map.length - takes / 2)
            }
        }
        // A scene that is interrupted says its captions around the interruption.
        play.captions.sort { $0.from < $1.from }
        if !problems.isEmpty { throw DemoError(problems: problems) }
    }

    // MARK: Parts

    /// A scene in which the run's clock stands still.
    private mutating func still(_ scene: Storyboard.Scene, _ words: CaptionWords, _ takes: Int64) {
        let from = play.map.length
        play.chapters.append(Screenplay.Chapter(shown: from, name: scene.kind.chapter))
        play.map.extend(to: play.map.end.run, taking: takes)
        say(scene, words, [(from, play.map.length)])
    }

    /// Lets a part of the run pass, and has it stand still where something is to be looked at.
    ///
    /// - Returns: The parts of the recording in which the clock goes on.
    private mutating func pass(
        until end: Int64, taking milliseconds: Int64, freezes: inout [(at: Int64, scene: Storyboard.Scene, takes: Int64)],
        _ words: CaptionWords
    ) -> [(from: Int64, to: Int64)] {
        guard let freeze = freezes.first, freeze.at <= end else { return [passOn(until: end, taking: milliseconds)] }
        freezes.removeFirst()
        let (begin, whole) = (play.map.end.run, max(1, end - play.map.end.run))
        let first = min(milliseconds, max(0, milliseconds * (freeze.at - begin) / whole))
        let before = passOn(until: freeze.at, taking: first)
        let from = play.map.length
        play.chapters.append(Screenplay.Chapter(shown: from, name: freeze.scene.kind.chapter))
        play.map.extend(to: play.map.end.run, taking: freeze.takes)
        say(freeze.scene, words, [(from, play.map.length)])
        return [before, passOn(until: end, taking: milliseconds - first)]
    }

    /// How far from something that users or the operator would notice the run's clock goes slowly, in milliseconds of the run.
    private static let reach: Int64 = 3_000
    /// How many times faster than in truth the run goes there at most.
    private static let calmSpeed: Int64 = 4

    /// Lets a part of the run pass: slowly where something happens, as fast as need be elsewhere.
    private mutating func passOn(until end: Int64, taking milliseconds: Int64) -> (from: Int64, to: Int64) {
        let (from, begin) = (play.map.length, play.map.end.run)
        let end = max(begin, end)
        var zones: [Story.Span] = []
        let moments =
            (story.probes.flatMap { $0.outages.flatMap { [$0.from, $0.to] } }
            + story.machines.flatMap { machine in
                machine.breakpoints.flatMap { [$0.from, $0.to] } + (machine.failure.map { [$0.time] } ?? [])
            }).sorted()
        for moment in moments {
            let zone = Story.Span(from: max(begin, moment - Self.reach), to: min(end, moment + Self.reach))
            guard zone.from < zone.to else { continue }
            if let last = zones.last, zone.from <= last.to { zones[zones.count - 1].to = max(last.to, zone.to) } else { zones.append(zone) }
        }
        let slow = zones.reduce(0) { $0 + $1.to - $1.from }
        let (fast, whole) = (end - begin - slow, end - begin)
        // Slow parts get what they want, up to two thirds of the time, and never less than an even share.
        var forSlow = min(slow / Self.calmSpeed, milliseconds * 2 / 3)
        if whole > 0 { forSlow = fast == 0 ? milliseconds : max(forSlow, milliseconds * slow / whole) }
        let forFast = milliseconds - forSlow
        var (usedSlow, usedFast): (Int64, Int64) = (0, 0)
        func part(_ total: Int64, _ done: Int64, _ of: Int64) -> Int64 { of > 0 ? total * done / of : 0 }
        var (doneSlow, doneFast): (Int64, Int64) = (0, 0)
        for zone in zones {
            doneFast += zone.from - play.map.end.run
            play.map.extend(to: zone.from, taking: part(forFast, doneFast, fast) - usedFast)
            usedFast = part(forFast, doneFast, fast)
            doneSlow += zone.to - zone.from
            play.map.extend(to: zone.to, taking: part(forSlow, doneSlow, slow) - usedSlow)
            usedSlow = part(forSlow, doneSlow, slow)
        }
        play.map.extend(to: end, taking: milliseconds - (play.map.length - from))
        return (from, play.map.length)
    }

    // MARK: Captions

    /// Says the captions of a scene one after the other, each for as long.
    private mutating func say(_ scene: Storyboard.Scene, _ words: CaptionWords, _ parts: [(from: Int64, to: Int64)]) {
        let parts = parts.filter { $0.from < $0.to }
        let whole = parts.reduce(0) { $0 + $1.to - $1.from }
        guard !scene.captions.isEmpty, whole > 0 else { return }
        let count = Int64(scene.captions.count)
        for (index, caption) in scene.captions.enumerated() {
            let text = fill(caption, words)
            let (first, last) = (whole * Int64(index) / count, whole * Int64(index + 1) / count)
            var told: Int64 = 0
            let spans = cut(parts, first, last)
            // A piece that is left of it around an interruption is not said again for an instant.
            for span in spans where spans.count == 1 || span.to - span.from >= Self.leastMilliseconds {
                play.captions.append(Screenplay.Caption(from: span.from, to: span.to, text: text))
                told = max(told, span.to - span.from)
            }
            let needed = max(Self.leastMilliseconds, Int64(Double(text.count) / Self.charactersPerSecond * 1_000))
            if told < needed {
                problems.append(
                    "\(caption.place): error: nobody can read \"\(text)\" in \(DurationText.number(Double(told) / 1_000)) s\n"
                        + "  a share that gives it \(DurationText.number(Double(needed) / 1_000)) s would do, or fewer words, or a longer recording (--length)"
                )
            }
        }
    }

    /// The parts from one distance to another, measured along all of them.
    private func cut(_ parts: [(from: Int64, to: Int64)], _ first: Int64, _ last: Int64) -> [(from: Int64, to: Int64)] {
        var (cut, before): ([(from: Int64, to: Int64)], Int64) = ([], 0)
        for part in parts {
            let from = part.from + min(max(0, first - before), part.to - part.from)
            let to = part.from + min(max(0, last - before), part.to - part.from)
            if from < to { cut.append((from, to)) }
            before += part.to - part.from
        }
        return cut
    }

    private mutating func fill(_ caption: Storyboard.Caption, _ words: CaptionWords) -> String {
        var missing: [String] = []
        let text = words.fill(caption.text, missing: &missing)
        problems += missing.map { name in
            "\(caption.place): error: the run has no \"\(name)\"\n  it has \(words.names.joined(separator: ", "))"
        }
        return text
    }
}

extension Storyboard.Scene.Kind {
    /// What a chapter with the scene is called.
    var chapter: String {
        switch self {
        case .title: "title"
        case .cloud: "the cloud"
        case .plan: "the plan"
        case .quiet: "before the update"
        case .machines: "the update"
        case .outage: "the longest outage"
        case .after: "after the update"
        case .verdict: "the verdict"
        }
    }
}
