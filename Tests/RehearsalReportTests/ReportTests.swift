import Foundation
import FoundationXML
import RehearsalAnalysis
import RehearsalChecks
import RehearsalDeclaration
import RehearsalDemo
import RehearsalHistory
import RehearsalModel
import RehearsalStore
import RehearsalTesting
import Testing

@testable import RehearsalReport

@Suite("reports", .serialized)
struct ReportTests {
    /// A run that was cut off after a minute and a half is short enough for goldens and has unfinished steps.
    private func shortRun(_ directory: URL) throws -> RunStore { try SyntheticRun(cut: 95).write(to: directory) }

    @Test("the reports of a run that was cut off are the recorded ones")
    func goldens() throws {
        let scratch = Scratch()
        let analysis = try RunAnalysis(shortRun(scratch.url.appendingPathComponent("run")))
        func verify(_ data: Data, _ name: String) throws { try Snapshot(name).verify(String(decoding: data, as: UTF8.self)) }
        try verify(try JSONRenderer.render(analysis), "report.json")
        try verify(JUnitRenderer.render(analysis), "junit.xml")
        try verify(Data(TerminalSummary.render(analysis).utf8), "summary.txt")
        try verify(try HTMLRenderer.render(analysis), "report.html")
    }

    @Test("reports that are made again from a sealed store, which is only read, are the same bytes")
    func theSameStoreGivesTheSameBytes() throws {
        let scratch = Scratch()
        let store = try shortRun(scratch.url.appendingPathComponent("run"))
        let again = scratch.url.appendingPathComponent("again")
        try FileManager.default.createDirectory(at: again, withIntermediateDirectories: true)
        try ReportWriter.write(store: store)
        store.seal()
        try store.close()
        try ReportWriter.write(store: RunStore.open(directory: store.directory, readOnly: true), to: again)
        for name in ReportWriter.fileNames {
            let first = try Data(contentsOf: store.directory.appendingPathComponent(name))
            let second = try Data(contentsOf: again.appendingPathComponent(name))
            #expect(first == second && !first.isEmpty, "\(name)")
        }
    }

    @Test("a whole run passes, an outage has its step and packages, late samples are unknown time, and the page is small")
    func aWholeRunIsReported() throws {
        let scratch = Scratch()
        let store = try SyntheticRun().write(to: scratch.url.appendingPathComponent("run"))
        let analysis = try ReportWriter.write(store: store)
        #expect(analysis.verdict == .pass && analysis.isFinished)
        let keystone = try #require(OutagesSection().outages(analysis).first { $0.probe == "keystone-token" && $0.patienceSeconds == 1 })
        #expect(keystone.cause == "update-keystone" && keystone.machine == "controller-1")
        #expect(keystone.packages.map(\.name) == ["keystone", "python3-keystone"])
        #expect(RecorderSection().unknown(analysis).contains { $0.reason == "late" })
        let bytes = try Data(contentsOf: store.directory.appendingPathComponent("report.html")).count
        #expect(bytes < 1_000_000)
    }

    @Test("each case of junit.xml has a name of its own, in which no step number stands: it is a property")
    func caseNames() throws {
        let scratch = Scratch()
        let analysis = try RunAnalysis(SyntheticRun().write(to: scratch.url.appendingPathComponent("run")))
        let document = try XMLDocument(data: JUnitRenderer.render(analysis))
        let cases = try document.nodes(forXPath: "//testcase").compactMap { $0 as? XMLElement }
        let names = cases.map {
            "\($0.attribute(forName: "classname")?.stringValue ?? "").\($0.attribute(forName: "name")?.stringValue ?? "")"
        }
        #expect(Set(names).count == names.count && names.count > 50)
        let steps = try document.nodes(forXPath: "//testsuite[2]/testcase/@name").compactMap(\.stringValue)
        #expect(steps.allSatisfy { $0.first?.isNumber == false })
        let numbers = try document.nodes(forXPath: "//testsuite[2]/testcase/properties/property[@name='step']/@value")
        #expect(numbers.count == steps.count)
    }

    @Test("report.json has its main keys, no key twice, and tells a step that did not end from one that did not start")
    func theKeysOfTheReportAreThere() throws {
        let scratch = Scratch()
        let analysis = try RunAnalysis(shortRun(scratch.url.appendingPathComponent("run")))
        let object = try #require(try JSONSerialization.jsonObject(with: JSONRenderer.render(analysis)) as? [String: Any])
        let members = ReportSections.withBanner.map { $0.json(analysis).count }.reduce(0, +)
        #expect(object.count == members + 1, "no two sections write the same key")
        for key in ["verdict", "strategy", "seed", "accelerator", "slowness", "steps", "outages", "unknown", "machines"] {
            #expect(object[key] != nil, "\(key)")
        }
        func keys(_ name: String) -> Set<String> { Set((object[name] as? [[String: Any]])?.first?.keys.map { $0 } ?? []) }
        #expect(keys("steps").isSuperset(of: ["id", "name", "machine", "start", "end", "outcome"]))
        #expect(keys("outages").isSuperset(of: ["probe", "patience_s", "lo_s", "hi_s", "start", "steps", "machine"]))
        #expect(keys("machines").isSuperset(of: ["name", "role", "packages_changed"]))
        #expect(StepsSection().steps(analysis).contains { $0.outcome == "unfinished" && $0.end == nil })
        #expect(StepsSection().steps(analysis).contains { $0.outcome == "not-started" && $0.start == nil })
    }

    @Test("hostile text of a machine or a check stays text: no report takes it for markup or a template")
    func hostileTextStaysText() throws {
        let scratch = Scratch()
        let hostile =
            "<script>alert(1)</script>\"' onload=x {{verdict}} {{{style}}} \"\u{301} onmouseover=y ]]> \u{1B}]0;pwned\u{7}\u{202E}\u{0}"
        let store = try SyntheticRun(cut: 640, hostileText: hostile).write(to: scratch.url.appendingPathComponent("run"))
        try store.setMachines(SyntheticRun.machines + [MachineRecord(name: hostile, role: hostile, position: 9)])
        try store.append(
            Event(time: SyntheticRun.start, .verdict(Event.CheckVerdict(check: hostile, verdict: .fail)), text: hostile))
        let analysis = try ReportWriter.write(store: store)
        let storyboard = try StoryboardDocument.decode(text: Checkout.text("Demos/default.yaml"), file: "default.yaml").storyboard
        let demo = try Demo(analysis, facts: [], storyboard: try #require(storyboard), seconds: 600)
        let recordings = Demo.Form.allCases.flatMap { demo.files($0) }
        let files = try ["report.html", "junit.xml"].map {
            (name: $0, data: try Data(contentsOf: store.directory.appendingPathComponent($0)))
        }
        for (name, data) in files + recordings {
            let text = String(decoding: data, as: UTF8.self)
            // A recording is text for a terminal, where markup means nothing.
            #expect(name == "demo.cast" || !text.contains("<script>alert"), "\(name)")
            #expect(!text.unicodeScalars.contains("\u{202E}") && !text.unicodeScalars.contains("\u{7}"), "\(name)")
            #expect(!text.contains("]0;pwned") || text.contains("\u{FFFD}]0;pwned"), "\(name)")
        }
        let page = try Data(contentsOf: store.directory.appendingPathComponent("report.html"))
        #expect(page.range(of: Data("\"\u{301}".utf8)) == nil)
        #expect(String(decoding: page, as: UTF8.self).contains("{{verdict}}"))
        let document = try XMLDocument(data: try Data(contentsOf: store.directory.appendingPathComponent("junit.xml")))
        #expect(try document.nodes(forXPath: "//failure").count == 1)
        let cast = String(decoding: try #require(recordings.first { $0.name == "demo.cast" }).data, as: UTF8.self)
        #expect(!cast.contains("\\u001b]"))
        #expect(!TerminalSummary.render(analysis).unicodeScalars.contains("\u{1B}"))
    }

    @Test("the settings of a probe, which may hold secrets, are in no file of the run")
    func secretsStayOut() throws {
        let scratch = Scratch()
        let store = try shortRun(scratch.url.appendingPathComponent("run"))
        try ReportWriter.write(store: store)
        for name in try FileManager.default.contentsOfDirectory(atPath: store.directory.path) where name.contains(".") {
            let data = try Data(contentsOf: store.directory.appendingPathComponent(name))
            #expect(data.range(of: Data("do-not-store-me".utf8)) == nil, "\(name)")
        }
    }

    @Test("a store without any event is reported, and its verdict is unknown")
    func anEmptyStoreIsUnknownAndStillReported() throws {
        let scratch = Scratch()
        let store = try RunStore.create(directory: scratch.url.appendingPathComponent("run"))
        let analysis = try ReportWriter.write(store: store)
        #expect(analysis.verdict == .unknown)
        #expect(analysis.durationSeconds == 0)
    }

    @Test(
        "the time after a recorder's last sample is unknown unless it stopped soon afterwards",
        arguments: [
            // The recorder died and nobody noticed; died and the engine noticed later; stopped in good order.
            (nil, Verdict.unknown, true), (40.0, .unknown, true), (12.0, .pass, false),
        ])
    func aRecorderThatFellSilentLeavesUnknownTime(stoppedAt: Double?, verdict: Verdict, hasUnknown: Bool) throws {
        let scratch = Scratch()
        let store = try RunStore.create(directory: scratch.url.appendingPathComponent("run"))
        func at(_ seconds: Double) -> Timestamp { SyntheticRun.start.advanced(bySeconds: seconds) }
        try store.setMetadata(["expectations": #"[{"probe":"p","patience_s":1,"longest_outage_s":5}]"#])
        try store.setSteps([StepRecord(id: "1", name: "wait", kind: .baseline, position: 0)])
        try store.setProbes([ProbeSpecification(name: "p", kind: "tcp", target: "", periodMilliseconds: 50)])
        try store.append(Event(time: at(0), .recorderStarted))
        try store.append(Event(time: at(0), .stepStarted(), step: "1"))
        try store.append(samples: (40..<200).map { Sample(probe: "p", start: at(Double($0) / 20), latencyNanoseconds: 0, outcome: .ok) })
        if let stoppedAt { try store.append(Event(time: at(stoppedAt), .recorderStopped(.exited(0)))) }
        try store.append(Event(time: at(60), .stepEnded(.ok), step: "1"))
        try store.append(Event(time: at(60), .runEnded))
        let analysis = try RunAnalysis(store)
        #expect(analysis.verdict == verdict)
        #expect((analysis.probes[0].clients[0].unknownSeconds > 0) == hasUnknown)
    }

    @Test("a comparison of two runs is the recorded one, as text and as Markdown")
    func twoRunsSideBySide() throws {
        let scratch = Scratch()
        let analyses = try ["rolling", "talk"].map { strategy in
            try RunAnalysis(SyntheticRun(strategy: strategy, cut: 95).write(to: scratch.url.appendingPathComponent(strategy)))
        }
        let comparison = RunComparison(analyses)
        try Snapshot("comparison.txt").verify(comparison.text())
        try Snapshot("comparison.md").verify(comparison.markdown())
    }

    @Test("a comparison as JSON has what report.json says of clients of the patience, for each run and probe")
    func comparisonJSON() throws {
        let scratch = Scratch()
        let analyses = try ["rolling", "talk"].map { strategy in
            try RunAnalysis(SyntheticRun(strategy: strategy, cut: 95).write(to: scratch.url.appendingPathComponent(strategy)))
        }
        let text = try RunComparison(analyses, patienceSeconds: 5).json()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["patience_s"] as? Double == 5)
        let runs = try #require(object["runs"] as? [[String: Any]])
        #expect(runs.count == analyses.count)
        for (run, analysis) in zip(runs, analyses) {
            #expect(Set(run.keys) == ["run", "strategy", "verdict", "duration_s", "probes"])
            let report = try #require(try JSONSerialization.jsonObject(with: JSONRenderer.render(analysis)) as? [String: Any])
            let reported = try #require(report["probes"] as? [[String: Any]])
            for probe in try #require(run["probes"] as? [[String: Any]]) {
                let same = try #require(reported.first { $0["name"] as? String == probe["probe"] as? String })
                let client = try #require((same["clients"] as? [[String: Any]])?.first { $0["patience_s"] as? Double == 5 })
                for (key, value) in client { #expect(probe[key] as? Double == value as? Double, "\(key)") }
            }
        }
    }
}
