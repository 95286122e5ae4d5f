import Foundation
import RehearsalAnalysis
import RehearsalDeclaration
import RehearsalHistory
import RehearsalModel
import RehearsalStore
import RehearsalTesting
import Testing

@testable import RehearsalDemo

/// The stored run `talk` of the tests of reports, told by the storyboard of the project.
@Suite("demo of a stored run")
struct DemoTests {
    private static let board = Checkout.root.appending(path: "Demos/default.yaml")

    private func storyboard(_ text: String? = nil) throws -> Storyboard {
        let text = try text ?? String(contentsOf: Self.board, encoding: .utf8)
        return try #require(try StoryboardDocument.decode(text: text, file: "Demos/default.yaml").storyboard)
    }

    private func run() throws -> (analysis: RunAnalysis, facts: [Fact]) {
        let scratch = Scratch()
        let stored = Checkout.root.appending(path: "Tests/RehearsalReportTests/Fixtures/talk/\(RunStore.databaseName)")
        try FileManager.default.createDirectory(at: scratch.url, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: stored, to: scratch.url.appending(path: RunStore.databaseName))
        let store = try RunStore.open(directory: scratch.url, readOnly: true)
        return (try RunAnalysis(store), try store.facts())
    }

    private func demo(_ text: String? = nil, seconds: Double? = nil) throws -> Demo {
        let run = try run()
        return try Demo(run.analysis, facts: run.facts, storyboard: storyboard(text), seconds: seconds)
    }

    @Test("the same run gives the same bytes in every form")
    func sameBytes() throws {
        let first = try demo()
        for _ in 0..<3 {
            let again = try demo()
            for form in Demo.Form.allCases {
                #expect(first.files(form).map(\.data) == again.files(form).map(\.data), "\(form)")
            }
            #expect(first.poster() == again.poster())
        }
    }

    @Test("changes from the beginning come to what is shown at any moment")
    func folding() throws {
        let stage = try demo().stage
        let (first, changes) = stage.changes()
        var (frame, rest) = (first, changes[...])
        for shown in stride(from: Int64(0), through: stage.play.map.length, by: 100) {
            while let change = rest.first, change.shown <= shown {
                frame[change.part] = change.look
                rest.removeFirst()
            }
            guard shown % 1_700 == 0 else { continue }
            #expect(frame == stage.frame(at: shown))
        }
        #expect(rest.isEmpty)
        #expect(Set(stage.parts.map(\.id)).count == stage.parts.count && stage.parts.count < 400)
    }

    @Test("it is as long as it was asked to be, whatever the run took", arguments: [60.0, 90, 240])
    func length(_ seconds: Double) throws {
        let map = try demo(seconds: seconds).play.map
        #expect(abs(map.length - Int64(seconds * 1_000)) < 100)
        #expect(zip(map.corners, map.corners.dropFirst()).allSatisfy { $0.run <= $1.run && $0.shown <= $1.shown })
        for shown in stride(from: Int64(0), to: map.length, by: 333) {
            let run = map.run(atShown: shown)
            // Where the clock stands still, the moment at which it began to.
            #expect(map.shown(atRun: run) <= shown + 1 && map.run(atShown: map.shown(atRun: run)) >= run)
        }
    }

    @Test("every number that is said is in the run's report")
    func numbers() throws {
        let (analysis, facts) = try run()
        let demo = try Demo(analysis, facts: facts, storyboard: storyboard())
        let words = CaptionWords(Story(analysis, facts: facts))
        var known = Set(["0"])
        for name in words.names {
            var missing: [String] = []
            known.formUnion(Self.numbers(words.fill("{{\(name)}}", missing: &missing)))
        }
        for machine in analysis.machines { known.formUnion(Self.numbers(machine.record.name) + ["\(machine.changes.count)"]) }
        for outage in analysis.probes.compactMap({ $0.client(patience: Patience.headline) }).flatMap(\.failed.outages) {
            known.formUnion(Self.numbers(DurationText.spoken(outage.loSeconds)))
        }
        let probes = Set(0...analysis.probes.count).map { "\($0)" }
        for caption in demo.play.captions {
            #expect(Set(Self.numbers(caption.text)).subtracting(known).subtracting(probes).isEmpty, "\(caption.text)")
        }
    }

    private static func numbers(_ text: String) -> [String] {
        text.matches(of: #/[0-9]+(?:\.[0-9]+)?/#).map { String($0.output) }
    }

    @Test("a caption that names what the run has not, or that nobody can read in time, is refused with its place")
    func refused() throws {
        let text = """
            demo: wrong
            title: "{{run.scenario}}"
            length_s: 10
            scenes:
              - {scene: title, share: 1, captions: ["{{run.moon}} is full"]}
              - {scene: verdict, share: 9, captions: ["one", "two", "three", "four", "five", "six", "seven"]}
            """
        let error = #expect(throws: DemoError.self) { try demo(text) }
        let problems = try #require(error).description
        #expect(problems.contains("Demos/default.yaml:5:41: error: the run has no \"run.moon\""), "\(problems)")
        #expect(problems.contains("Demos/default.yaml:6:43: error: nobody can read \"one\" in 1.285 s"), "\(problems)")
    }

    @Test("every storyboard of the project tells a run, and is named after its file")
    func storyboards() throws {
        let folder = Checkout.root.appending(path: "Demos")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        #expect(files.count >= 8)
        for file in files {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            #expect(try storyboard(text).name + ".yaml" == file)
            let play = try demo(text).play
            #expect(!play.captions.isEmpty && zip(play.captions, play.captions.dropFirst()).allSatisfy { $0.to <= $1.from }, "\(file)")
        }
    }

    @Test("an event that only a later version knows is told by its kind")
    func laterEvents() throws {
        let scratch = Scratch()
        let store = try RunStore.create(directory: scratch.url.appendingPathComponent("run"))
        let start = Timestamp(nanoseconds: 1_000_000_000)
        try store.append(Event(time: start, .runStarted))
        try store.append(Event(time: start, .unknown(kind: "serverMigrated", detail: [:]), text: "to compute-1"))
        let story = Story(try RunAnalysis(store), facts: [])
        #expect(story.lines.map(\.text).contains("serverMigrated: to compute-1"))
    }

    @Test("paths of the maker's own folders are left out, and those that every machine has are not")
    func redaction() {
        #expect("cannot read /home/alice/run.sqlite: gone".redacted == "cannot read …: gone")
        #expect("see /root and (/work/main/x), /tmp/a".redacted == "see … and (…), …")
        #expect("haproxy -c -f /etc/haproxy/haproxy.cfg".redacted == "haproxy -c -f /etc/haproxy/haproxy.cfg")
    }

    @Test("two runs side by side have one clock, from the first machine's turn on, and fold as one run does")
    func besides() throws {
        let (left, right) = (try run(), try run())
        let demo = Demo(left, beside: right, seconds: 30)
        #expect(demo.play.title.hasPrefix("talk beside talk"))
        #expect(demo.play.map.length == 30_000 && demo.play.map.corners[0].run <= 0)
        let (first, changes) = demo.stage.changes()
        var frame = first
        for change in changes { frame[change.part] = change.look }
        #expect(frame == demo.stage.frame(at: 30_000))
        // The same run on both sides looks the same.
        let looks = zip(demo.stage.parts, frame).filter { $0.0.id.hasPrefix("does0") }.map(\.1.text)
        #expect(looks == zip(demo.stage.parts, frame).filter { $0.0.id.hasPrefix("does1") }.map(\.1.text) && !looks.isEmpty)
        #expect(Demo.Form.allCases.allSatisfy { !demo.files($0).isEmpty })
    }

    @Test("nothing of the host that recorded it is in it")
    func redacted() throws {
        let demo = try demo()
        for form in Demo.Form.allCases {
            for file in demo.files(form) {
                let text = String(decoding: file.data, as: UTF8.self)
                for word in [ProcessInfo.processInfo.hostName, Checkout.root.path, "/root/", "/home/"] where word.count > 3 {
                    #expect(!text.contains(word), "\(file.name) has \(word)")
                }
                #expect(file.data.count < 1_500_000)
            }
        }
    }
}

@Suite("colours of the stage")
struct StagePaletteTests {
    @Test("words and marks stand out from what is behind them", arguments: StagePalette.all)
    func contrast(_ palette: StagePalette) {
        for style in ["text", "soft", "up", "failed", "slow", "unknown", "typed", "said", "good", "bad", "waits"] {
            let ratio = Self.ratio(palette.colour(style), palette.colour("card"))
            // Words as large as these need 3, and the smaller ones here are drawn at 20 pixels.
            #expect(ratio >= (style == "unknown" || style == "up" ? 3.9 : 4.5), "\(palette.name) \(style): \(ratio)")
        }
        for style in ["working", "breakpoint", "done", "waiting"] {
            #expect(Self.ratio(palette.colour(style), palette.colour("card")) >= 3, "\(palette.name) \(style)")
        }
    }

    /// The contrast of two colours (WCAG 2.1, "contrast ratio").
    private static func ratio(_ one: String, _ other: String) -> Double {
        let (light, dark) = (max(luminance(one), luminance(other)), min(luminance(one), luminance(other)))
        return (light + 0.05) / (dark + 0.05)
    }

    private static func luminance(_ colour: String) -> Double {
        let value = Int(colour.dropFirst(), radix: 16) ?? 0
        func part(_ shift: Int) -> Double {
            let part = Double(value >> shift & 0xFF) / 255
            return part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
    }
}
