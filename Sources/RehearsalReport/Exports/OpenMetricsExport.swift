public import RehearsalAnalysis
public import RehearsalHistory
import RehearsalModel

/// Samples and steps as metrics in the OpenMetrics text format 1.0, with their times.
///
/// `promtool tsdb create-blocks-from openmetrics` reads it. A sample that says nothing of its target (`late`, `held`) is left out.
public struct OpenMetricsExport: RunExport {
    public let name = "openmetrics"
    public let summary = "samples and steps with their times, for Prometheus (promtool tsdb create-blocks-from openmetrics)"

    public func export(_ analysis: RunAnalysis, samples source: any HistorySource, to write: (String) throws -> Void) throws {
        let run = label("run", analysis.conditions.identifier)
        try family("rehearsal_probe_success", "Whether an attempt was answered rightly within its timeout.", unit: nil, write)
        try each(analysis, source, write) { sample in
            line("rehearsal_probe_success", [run, label("probe", sample.probe)], sample.outcome == .ok ? "1" : "0", at: sample.start)
        }
        try family("rehearsal_probe_latency_seconds", "How long an attempt took.", unit: "seconds", write)
        try each(analysis, source, write) { sample in
            let seconds = "\(Double(sample.latencyNanoseconds) / 1e9)"
            return line("rehearsal_probe_latency_seconds", [run, label("probe", sample.probe)], seconds, at: sample.start)
        }
        try family("rehearsal_step_in_flight", "Whether a step of the plan is in flight.", unit: nil, write)
        for span in analysis.spans {
            let labels = [
                run, label("step", span.step.id.rawValue), label("name", span.step.name), label("machine", span.step.machine ?? ""),
            ]
            for attempt in span.attempts {
                try write(line("rehearsal_step_in_flight", labels, "1", at: attempt.start))
                if let end = attempt.end { try write(line("rehearsal_step_in_flight", labels, "0", at: end)) }
            }
        }
        try write("# EOF\n")
    }

    private func each(
        _ analysis: RunAnalysis, _ source: any HistorySource, _ write: (String) throws -> Void, line: (Sample) -> String
    ) throws {
        for probe in analysis.probes {
            let samples = try source.samples(probe: probe.specification.name, from: nil, until: nil)
            try write(samples.filter { ![.late, .held].contains($0.outcome) }.map(line).joined())
        }
    }

    private func family(_ name: String, _ help: String, unit: String?, _ write: (String) throws -> Void) throws {
        try write("# TYPE \(name) gauge\n" + (unit.map { "# UNIT \(name) \($0)\n" } ?? "") + "# HELP \(name) \(help)\n")
    }

    private func label(_ name: String, _ value: String) -> String {
        let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return "\(name)=\"\(escaped)\""
    }

    private func line(_ name: String, _ labels: [String], _ value: String, at time: Timestamp) -> String {
        let milliseconds = time.nanoseconds / 1_000_000
        let rest = String(milliseconds % 1000 + 1000).dropFirst()
        return "\(name){\(labels.joined(separator: ","))} \(value) \(milliseconds / 1000).\(rest)\n"
    }
}
