import RehearsalModel
public import Foundation
import JUnitXML
import RehearsalChecks
import RehearsalHistory
import RehearsalStore

/// `junit.xml`: the checks and the steps of a run for a continuous integration server.
public enum JUnitRenderer {
    /// The bytes of `junit.xml`.
    ///
    /// A check that is unknown is an error: a run that cannot be judged is not a good one.
    public static func render(_ history: RunHistory) -> Data {
        let timestamp = String(history.start.iso8601.prefix(19))
        return JUnitReport(suites: [
            checks(history, timestamp: timestamp), steps(history, timestamp: timestamp),
        ]).encoded()
    }

    private static func checks(_ history: RunHistory, timestamp: String) -> JUnitReport.TestSuite {
        let conditions = history.conditions
        var properties: [JUnitReport.Property] = [
            .init(name: "verdict", value: history.verdict.rawValue),
            .init(name: "run", value: conditions.identifier.printable),
            .init(name: "topology", value: conditions.topology.printable),
            .init(name: "seed", value: "\(conditions.seed)"),
            .init(name: "accelerator", value: conditions.accelerator.printable),
            .init(name: "slowness", value: Format.number(conditions.slowness)),
        ]
        for probe in history.probes {
            for folded in probe.folded {
                guard let worst = folded.outages.worst else { continue }
                let name = "outage.\(probe.specification.name.printable).\(Format.number(folded.patienceSeconds))"
                let cause = history.cause(of: worst).map { " during \($0.step.id) \($0.step.name)" } ?? ""
                properties.append(
                    .init(
                        name: name,
                        value: "\(folded.outages.count) outages, longest \(Format.interval(worst.loSeconds, worst.hiSeconds))\(cause)"
                            .printable))
            }
        }
        return JUnitReport.TestSuite(
            name: suiteName(history, "checks"), timestamp: timestamp, properties: properties,
            cases: history.checks.map { check in
                let message = check.message.printable
                let problem: JUnitReport.Problem? =
                    switch check.verdict {
                    case .pass: nil
                    case .fail: .failure(message: message, type: "fail", text: message)
                    case .unknown: .error(message: message, type: "unknown", text: message)
                    }
                return JUnitReport.TestCase(
                    name: check.name.printable, className: suiteName(history, check.group.printable),
                    problem: problem)
            },
            seconds: history.durationSeconds, output: TerminalSummary.render(history))
    }

    private static func steps(_ history: RunHistory, timestamp: String) -> JUnitReport.TestSuite {
        let parents = Set(history.spans.compactMap(\.step.parent))
        let leaves = history.spans.filter { !parents.contains($0.step.id) }
        return JUnitReport.TestSuite(
            name: suiteName(history, "steps"), timestamp: timestamp,
            cases: leaves.map { span in
                let seconds = span.attempts.reduce(0.0) { $0 + history.seconds(from: $1.start, to: $1.end ?? history.end) }
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
                    name: "\(span.step.id) \(span.step.name)".printable,
                    className: (suiteName(history, "steps") + machine).printable, seconds: seconds, problem: problem)
            })
    }

    private static func suiteName(_ history: RunHistory, _ part: String) -> String {
        "rehearsal.\(history.conditions.scenario).\(history.conditions.strategy).\(part)".printable
    }
}
