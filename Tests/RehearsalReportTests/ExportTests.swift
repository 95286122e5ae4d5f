import Foundation
import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel
import RehearsalStore
import RehearsalTesting
import Testing

@testable import RehearsalReport

/// What other tools get: each form is read again as its reader would.
@Suite("exports")
struct ExportTests {
    private func export(_ name: String, run: SyntheticRun = SyntheticRun(cut: 200)) throws -> (text: String, store: RunStore) {
        let scratch = Scratch()
        let store = try run.write(to: scratch.url.appendingPathComponent("run"))
        let form = try #require(RunExports.all.first { $0.name == name })
        var text = ""
        try form.export(try RunAnalysis(store), samples: store) { text += $0 }
        return (text, store)
    }

    @Test("csv has a line for every sample, and quotes what must be")
    func csv() throws {
        let (text, store) = try export("csv", run: SyntheticRun(cut: 60, hostileText: "a,\"b\"\nc"))
        let lines = text.split(separator: "\r\n")
        #expect(lines.first == "start,probe,outcome,latency_s,connected_s,first_byte_s,detail")
        #expect(lines.count == (try store.sampleCount()) + 1)
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("2026-11-22T15:") })
    }

    @Test("openmetrics has every family in one piece, times that grow in each series, and an end")
    func openMetrics() throws {
        let (text, _) = try export("openmetrics")
        let lines = text.split(separator: "\n")
        #expect(lines.last == "# EOF")
        #expect(lines.filter { $0.hasPrefix("# TYPE ") }.count == 3)
        var last: [Substring: Double] = [:]
        var families: [Substring] = []
        for line in lines where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            let time = try #require(words.last.flatMap { Double($0) })
            let series = line.prefix(upTo: try #require(line.lastIndex(of: "}")))
            #expect(time >= last[series] ?? 0)
            last[series] = time
            let family = line.prefix { $0 != "{" }
            if families.last != family { families.append(family) }
        }
        #expect(families == ["rehearsal_probe_success", "rehearsal_probe_latency_seconds", "rehearsal_step_in_flight"])
    }

    @Test("the trace is JSON whose slices lie within the run and have tracks with names")
    func trace() throws {
        let (text, store) = try export("perfetto")
        let root = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let events = try #require(root["traceEvents"] as? [[String: Any]])
        let analysis = try RunAnalysis(store)
        func track(_ event: [String: Any]) -> [Int] { [event["pid"] as? Int ?? 0, event["tid"] as? Int ?? 0] }
        let named = Set(events.filter { $0["name"] as? String == "thread_name" }.map(track))
        let slices = events.filter { $0["ph"] as? String == "X" }
        #expect(slices.count >= analysis.spans.flatMap(\.attempts).count)
        for slice in slices {
            #expect(named.contains(track(slice)))
            let start = try #require(slice["ts"] as? Int)
            #expect(start >= 0 && Double(start) / 1e6 <= analysis.durationSeconds)
        }
    }

    @Test("outages are listed with bounds and cause, failed ones alone unless slow ones are asked for")
    func outages() throws {
        let scratch = Scratch()
        let analysis = try RunAnalysis(try SyntheticRun().write(to: scratch.url.appendingPathComponent("run")))
        func count(slow: Bool, probe: String? = nil) -> Int {
            OutageListing(analysis, patienceSeconds: 1, probe: probe.map { Glob($0) }, includesSlow: slow).entries.count
        }
        let felt = analysis.probes.compactMap { $0.client(patience: 1) }
        #expect(count(slow: false) == felt.reduce(0) { $0 + $1.failed.outages.count })
        #expect(count(slow: true) == felt.reduce(0) { $0 + $1.outages.count })
        #expect(count(slow: true, probe: "no-such") == 0)
        let table = OutageListing(analysis, patienceSeconds: 1, probe: nil, includesSlow: true).table
        #expect(table.split(separator: "\n").count == count(slow: true))
    }
}
