public import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
public import RehearsalModel

/// What users felt in several runs, side by side.
public struct RunComparison: Sendable {
    /// The runs, in the order of the columns.
    public var runs: [RunAnalysis]
    /// How long the client waits for an answer, in seconds.
    public var patienceSeconds: Double

    /// Makes a comparison.
    public init(_ runs: [RunAnalysis], patienceSeconds: Double = Patience.headline) {
        self.runs = runs
        self.patienceSeconds = patienceSeconds
    }

    /// The names of the probes of all runs, in the order of the first run that has them.
    public var probes: [String] {
        var seen: Set<String> = []
        return runs.flatMap(\.probes).map(\.specification.name).filter { seen.insert($0).inserted }
    }

    /// The table as text: for each probe and run the number of failed outages, the longest one, all together, and how often it was slow.
    public func text() -> String {
        let table = cells()
        var widths = table[0].indices.map { column in table.dropFirst().map { $0[column].count }.max() ?? 0 }
        // The heading of a run stands over its columns and widens the last of them when it has to.
        for column in stride(from: 1, to: widths.count, by: Self.columns) {
            widths[column + Self.columns - 1] += max(0, table[0][column].count - room(column, widths))
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "──") + "\n"
        var heading = "probe".padded(to: widths[0])
        for column in stride(from: 1, to: widths.count, by: Self.columns) {
            heading += "  " + table[0][column].padded(to: room(column, widths))
        }
        var text =
            "Failed outages per probe, and how often answers were slow, for a client with \(DurationText.number(patienceSeconds)) s patience\n"
        text += heading.trimmingSuffix + "\n"
        for (index, row) in table.enumerated().dropFirst() {
            let cells = zip(row, widths).enumerated().map { column, cell in
                column == 0 ? cell.0.padded(to: cell.1) : cell.0.leftPadded(to: cell.1)
            }
            text += cells.joined(separator: "  ").trimmingSuffix + "\n"
            if index == 1 || index == table.count - 2 { text += rule }
        }
        return text
    }

    /// How many columns a run has.
    private static let columns = 4

    private func room(_ column: Int, _ widths: [Int]) -> Int {
        widths[column..<column + Self.columns].reduce(0, +) + 2 * (Self.columns - 1)
    }

    /// The table as Markdown.
    public func markdown() -> String {
        let table = cells()
        var lines = ["| " + table[0].joined(separator: " | ") + " |"]
        lines.append("|" + table[0].indices.map { $0 == 0 ? " --- |" : " ---: |" }.joined())
        lines += table.dropFirst().map { "| " + $0.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |" }
        return lines.joined(separator: "\n") + "\n"
    }

    private func cells() -> [[String]] {
        var table = [["probe"], [""]]
        for run in runs {
            table[0] += [
                "\(run.conditions.strategy) (\(run.conditions.isControl ? "control, " : "")\(run.verdict.rawValue))".printable, "", "", "",
            ]
            table[1] += ["failed", "longest", "together", "slow"]
        }
        for probe in probes {
            var row = [probe.printable]
            for run in runs {
                let found = run.probes.first { $0.specification.name == probe }
                if let found, found.samples > 0, let client = found.client(patience: patienceSeconds).map(ClientSummary.init) {
                    row += [
                        "\(client.outages)",
                        client.outages == 0 ? "–" : DurationText.interval(client.longestLoSeconds, client.longestHiSeconds),
                        client.outages == 0 ? "–" : DurationText.interval(client.totalLoSeconds, client.totalHiSeconds),
                        "\(client.slow)",
                    ]
                } else {
                    row += ["not recorded", "", "", ""]
                }
            }
            table.append(row)
        }
        table.append(["the whole run"] + runs.flatMap { ["", "", DurationText.elapsed(DurationText.rounded($0.durationSeconds)), ""] })
        return table
    }
}

extension String {
    fileprivate var trimmingSuffix: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
