public import Foundation
import JUnitXML
public import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
import RehearsalModel

/// `junit.xml`: the checks and the steps of a run for a continuous integration server.
public enum JUnitRenderer {
    /// The bytes of `junit.xml`.
    public static func render(_ analysis: RunAnalysis) -> Data {
        let timestamp = String(analysis.start.iso8601.prefix(19))
        return JUnitReport(suites: [
            checks(analysis, timestamp: timestamp), steps(analysis, timestamp: timestamp),
        ]).encoded()
    }

    private static func checks(_ analysis: RunAnalysis, timestamp: String) -> JUnitReport.TestSuite {
        let conditions = analysis.conditions
        var properties: [JUnitReport.Property] = [
            .init(name: "verdict", value: analysis.verdict.rawValue),
            .init(name: "run", value: conditions.identifier.printable),
            .init(name: "topology", value: conditions.topology.printable),
            .init(name: "seed", value: "\(conditions.seed)"),
            .init(name: "accelerator", value: conditions.acceleratorWord.printable),
            .init(name: "slowness", value: DurationText.number(conditions.slowness)),
        ]
        for probe in analysis.probes {
            for folded in probe.clients.flatMap({ [$0.failed, $0.slow] }) {
                guard let worst = folded.outages.worst else { continue }
                let word = folded.kind == .failed ? "outage" : "slow"
                let name = "\(word).\(probe.specification.name.printable).\(DurationText.number(folded.patienceSeconds))"
                let cause = analysis.cause(of: worst).map { " during \($0.step.id) \($0.step.name)" } ?? ""
                properties.append(
                    .init(
                        name: name,
                        value: "\(folded.outages.count) outages, longest \(DurationText.interval(worst.loSeconds, worst.hiSeconds))\(cause)"
                            .printable))
            }
        }
        return JUnitReport.TestSuite(
            name: suiteName(analysis, "checks"), timestamp: timestamp, properties: properties,
            cases: analysis.checks.map { check in
                JUnitReport.TestCase(
                    name: check.name.printable, className: suiteName(analysis, check.group.printable),
                    problem: check.verdict.problem(check.message.printable))
            },
            seconds: analysis.durationSeconds, output: TerminalSummary.render(analysis))
    }

    private static func steps(_ analysis: RunAnalysis, timestamp: String) -> JUnitReport.TestSuite {
        let parents = Set(analysis.spans.compactMap(\.step.parent))
        let leaves = analysis.spans.filter { !parents.contains($0.step.id) }
        var names: [String: Int] = [:]
        // Servers show a case's history by its name, and step numbers change with the packages: the number is a property.
        func name(_ span: StepSpan) -> String {
            let key = "\(span.step.machine ?? "") \(span.step.name)"
            names[key, default: 0] += 1
            let count = names[key] ?? 1
            return span.step.name + (count > 1 ? " (\(count))" : "")
        }
        return JUnitReport.TestSuite(
            name: suiteName(analysis, "steps"), timestamp: timestamp,
            cases: leaves.map { span in
                let seconds = span.attempts.reduce(0.0) { $0 + analysis.seconds(from: $1.start, to: $1.end ?? analysis.end) }
                let machine = span.step.machine.map { ".\($0)" } ?? ""
                let message = (span.note.isEmpty ? span.outcome.rawValue : span.note).printable
                let problem: JUnitReport.Problem? =
                    switch span.outcome {
                    case .ok: nil
                    case .skipped, .notStarted: .skipped(message: message)
                    // Unlike a failure, this says that nobody knows.
                    case .unfinished: .error(message: message, type: span.outcome.rawValue, text: message)
                    case .failed, .timeout, .error: .failure(message: message, type: span.outcome.rawValue, text: message)
                    }
                return JUnitReport.TestCase(
                    name: name(span).printable, className: (suiteName(analysis, "steps") + machine).printable, seconds: seconds,
                    problem: problem, properties: [.init(name: "step", value: span.step.id.rawValue)])
            })
    }

    private static func suiteName(_ analysis: RunAnalysis, _ part: String) -> String {
        "rehearsal.\(analysis.conditions.scenario).\(analysis.conditions.strategy).\(part)".printable
    }
}
