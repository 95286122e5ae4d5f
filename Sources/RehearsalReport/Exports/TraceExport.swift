import Foundation
public import RehearsalAnalysis
public import RehearsalHistory
import RehearsalModel

/// Steps, probes, machines and the host as tracks on one time axis, in Chrome's trace event format (JSON), which ui.perfetto.dev opens.
///
/// Steps without a machine are on the track of the plan, steps of a machine on the machine's, the states of a probe for a client of the
/// headline patience on the probe's. Times are microseconds since the run began.
public struct TraceExport: RunExport {
    public let name = "perfetto"
    public let summary = "steps, machines, probes and the host on one time axis, for ui.perfetto.dev"

    private struct TraceEvent: Encodable {
        var name: String
        var ph: String
        var pid: Int
        var tid: Int?
        var ts: Int64?
        var dur: Int64?
        var cat: String?
        var args: [String: String]?
        /// The value of a counter.
        var counter: Double?

        enum CodingKeys: String, CodingKey { case name, ph, pid, tid, ts, dur, cat, args }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(ph, forKey: .ph)
            try container.encode(pid, forKey: .pid)
            try container.encodeIfPresent(tid, forKey: .tid)
            try container.encodeIfPresent(ts, forKey: .ts)
            try container.encodeIfPresent(dur, forKey: .dur)
            try container.encodeIfPresent(cat, forKey: .cat)
            if let counter {
                try container.encode(["value": counter], forKey: .args)
            } else {
                try container.encodeIfPresent(args, forKey: .args)
            }
        }
    }

    /// The groups of tracks, in their order on the page.
    private enum Group: Int, CaseIterable {
        case plan = 1
        case machines, probes, host

        var title: String {
            switch self {
            case .plan: "Plan"
            case .machines: "Machines"
            case .probes: "Probes"
            case .host: "Host"
            }
        }
    }

    public func export(_ analysis: RunAnalysis, samples source: any HistorySource, to write: (String) throws -> Void) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var isFirst = true
        func put(_ event: TraceEvent) throws {
            try write(
                (isFirst ? "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" : ",\n")
                    + String(decoding: encoder.encode(event), as: UTF8.self))
            isFirst = false
        }
        func time(_ instant: Timestamp) -> Int64 { instant.nanoseconds(since: analysis.start) / 1000 }
        for group in Group.allCases {
            try put(TraceEvent(name: "process_name", ph: "M", pid: group.rawValue, args: ["name": group.title]))
        }
        func slice(_ name: String, _ group: Group, _ track: Int, _ start: Timestamp, _ end: Timestamp, _ args: [String: String])
            -> TraceEvent
        {
            TraceEvent(
                name: name, ph: "X", pid: group.rawValue, tid: track, ts: time(start), dur: max(1, time(end) - time(start)), args: args)
        }
        func name(_ group: Group, _ track: Int, _ name: String) throws {
            try put(TraceEvent(name: "thread_name", ph: "M", pid: group.rawValue, tid: track, args: ["name": name]))
        }

        let machines = analysis.machines.map(\.record.name)
        // Steps of one depth may be in flight together; a track for each depth keeps what is inside below what it is in.
        for span in analysis.spans {
            let track = span.step.machine.flatMap { machines.firstIndex(of: $0) }.map { ($0 + 1) * 10 } ?? 0
            let depth = min(9, span.step.id.depth)
            let group: Group = track > 0 ? .machines : .plan
            try name(group, track + depth, track > 0 ? machines[track / 10 - 1] : "steps")
            for attempt in span.attempts {
                try put(
                    slice(
                        "\(span.step.id) \(span.step.name)", group, track + depth, attempt.start, attempt.end ?? analysis.end,
                        ["outcome": "\(span.outcome)"]))
            }
        }
        for (index, probe) in analysis.probes.enumerated() {
            try name(.probes, index + 1, probe.specification.name)
            guard let client = probe.client(patience: Patience.headline) else { continue }
            for segment in client.segments where segment.state != .up {
                try put(slice(segment.state.rawValue, .probes, index + 1, segment.start, segment.end, ["samples": "\(segment.samples)"]))
            }
        }
        for tick in analysis.host.ticks {
            let counters = [
                ("CPU pressure", tick.pressure),
                ("machines waited, s per s", Double(tick.waitedNanoseconds) / 1e9 / max(0.001, tick.seconds)),
            ]
            for (name, value) in counters {
                try put(TraceEvent(name: name, ph: "C", pid: Group.host.rawValue, ts: time(tick.end), counter: DurationText.rounded(value)))
            }
        }
        try write("\n]}\n")
    }
}
