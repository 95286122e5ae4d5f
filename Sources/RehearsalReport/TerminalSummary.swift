import RehearsalChecks
import RehearsalHistory
import RehearsalModel
import RehearsalStore

/// Colours of a terminal, or none.
struct TerminalStyle: Sendable {
    /// Whether colours are written.
    var isColoured: Bool

    func bold(_ text: String) -> String { paint(text, "1") }
    func dim(_ text: String) -> String { paint(text, "2") }
    func red(_ text: String) -> String { paint(text, "31") }
    func green(_ text: String) -> String { paint(text, "32") }
    func yellow(_ text: String) -> String { paint(text, "33") }
    func blue(_ text: String) -> String { paint(text, "36") }

    func verdict(_ verdict: Verdict, _ text: String) -> String {
        switch verdict {
        case .pass: paint(text, "1;32")
        case .unknown: paint(text, "1;33")
        case .fail: paint(text, "1;31")
        }
    }

    private func paint(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

/// The end of a run on a terminal: the verdict, what users felt and why.
public enum TerminalSummary {
    /// Renders the summary; every line ends with a line feed.
    ///
    /// - Parameters:
    ///   - history: The run.
    ///   - isColoured: Whether to write ANSI colours.
    ///   - width: The columns of the terminal.
    public static func render(_ history: RunHistory, isColoured: Bool = false, width: Int = 100) -> String {
        let style = TerminalStyle(isColoured: isColoured)
        var lines: [String] = []
        let conditions = history.conditions
        let duration = Format.elapsed(history.durationSeconds)
        let unfinished = history.isFinished ? "" : ", unfinished"
        lines.append(
            style.verdict(history.verdict, history.verdict.rawValue.uppercased())
                + "  \(conditions.scenario) on \(conditions.topology), \(conditions.strategy), seed \(conditions.seed), \(duration)\(unfinished)"
                .printable)
        lines.append(
            style.dim(
                "      run \(conditions.identifier), \(conditions.accelerator), slowness \(Format.number(conditions.slowness))".printable))
        for left in history.leftBranches {
            let place =
                "went back to the checkpoint of step \(left.step?.rawValue ?? "") after +\(Format.elapsed(history.elapsed(at: left.time)))"
            lines.append(
                style.dim("      \(place), leaving branch \(left.number): \(left.note)".printable.truncated(to: max(40, width))))
        }
        lines.append("")

        lines += outageLines(history, style: style, width: width)

        let open = history.checks.filter { $0.verdict != .pass }
        let passed = history.checks.count - open.count
        lines.append("")
        lines.append(style.bold("Checks: \(passed) of \(history.checks.count) passed"))
        for check in open {
            lines.append(
                "  " + style.verdict(check.verdict, check.verdict.rawValue.padded(to: 8))
                    + "\(check.name): \(check.message)".printable)
        }

        let changed = history.machines.filter { !$0.changes.isEmpty }
        if !changed.isEmpty {
            lines.append("")
            lines.append(
                style.bold("Packages changed: ")
                    + changed.map { "\($0.record.name) \($0.changes.count)" }
                    .joined(separator: ", ").printable)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func outageLines(_ history: RunHistory, style: TerminalStyle, width: Int) -> [String] {
        let rows = history.probes.map { ($0, $0.folded(patience: 1)?.outages.worst) }
        let felt = rows.compactMap { probe, worst in worst.map { (probe, $0) } }
            .sorted { ($0.1.hiSeconds, $1.0.specification.name) > ($1.1.hiSeconds, $0.0.specification.name) }
        guard !rows.isEmpty else { return [style.bold("Nothing was recorded.")] }
        var lines = [
            style.bold("Worst outage per probe, for a client with 1 s patience")
        ]
        let nameWidth = min(28, rows.map { $0.0.specification.name.count }.max() ?? 0)
        for (probe, worst) in felt {
            let mark = worst.touchesUnknown ? style.yellow("?") : " "
            let cause = history.cause(of: worst).map { "\($0.step.id) \($0.step.name)" } ?? "no step in flight"
            let machine = worst.machine.map { " on \($0)" } ?? ""
            let packages = history.packages(behind: worst).shortList
            let because = "\(cause)\(machine)\(packages.isEmpty ? "" : " (\(packages))")".printable
            lines.append(
                "  " + probe.specification.name.printable.truncated(to: nameWidth).padded(to: nameWidth) + "  "
                    + style.red(Format.interval(worst.loSeconds, worst.hiSeconds).leftPadded(to: 18)) + mark
                    + " at +" + Format.elapsed(history.elapsed(at: worst.start)) + "  "
                    + because.truncated(to: max(20, width - nameWidth - 35)))
        }
        let quiet = rows.filter { $0.1 == nil && $0.0.samples > 0 }.map { $0.0.specification.name }
        if !quiet.isEmpty { lines.append("  " + style.green("no outage: ") + quiet.joined(separator: ", ").printable) }
        let silent = rows.filter { $0.0.samples == 0 }.map { $0.0.specification.name }
        if !silent.isEmpty { lines.append("  " + style.yellow("no samples: ") + silent.joined(separator: ", ").printable) }
        let unknown = history.probes.map { $0.folded.first?.unknownSeconds ?? 0 }.max() ?? 0
        if unknown > 0 {
            lines.append(
                "  " + style.yellow("unknown: ") + "up to \(Format.seconds(unknown)) s per probe, counted neither as up nor as down")
        }
        return lines
    }
}

extension [Outage] {
    /// The outage that was longest for certain; among equals the one that may have been longest, then the first.
    var worst: Outage? {
        self.min { ($1.loSeconds, $1.hiSeconds, $0.start) < ($0.loSeconds, $0.hiSeconds, $1.start) }
    }
}

extension [PackageChange] {
    /// The first names with their versions, for a line of text.
    var shortList: String {
        let shown = prefix(2).map { "\($0.name) \($0.from ?? "none") → \($0.to ?? "none")" }
        return shown.joined(separator: ", ") + (count > 2 ? " and \(count - 2) more" : "")
    }
}
