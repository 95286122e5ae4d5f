public import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
public import RehearsalModel

/// The outages of several runs, side by side.
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

    /// The table as text: for each probe and run the number of outages, the longest one and all together.
    public func text() -> String {
        let table = cells()
        var widths = table[0].indices.map { column in table.dropFirst().map { $0[column].count }.max() ?? 0 }
        // The heading of a run stands over its three columns and widens the last of them when it has to.
        for column in stride(from: 1, to: widths.count, by: 3) {
            let room = widths[column] + widths[column + 1] + widths[column + 2] + 4
            widths[column + 2] += max(0, table[0][column].count - room)
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "──") + "\n"
        var heading = "probe".padded(to: widths[0])
        for column in stride(from: 1, to: widths.count, by: 3) {
            let room = widths[column] + widths[column + 1] + widths[column + 2] + 4
            heading += "  " + table[0][column].padded(to: room)
        }
        var text = "Outages per probe for a client with \(DurationText.number(patienceSeconds)) s patience\n"
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
            table[0] += ["\(run.conditions.strategy) (\(run.verdict.rawValue))".printable, "", ""]
            table[1] += ["outages", "longest", "together"]
        }
        for probe in probes {
            var row = [probe.printable]
            for run in runs {
                let found = run.probes.first { $0.specification.name == probe }
                if let found, found.samples > 0, let client = found.folded(patience: patienceSeconds).map(ClientSummary.init) {
                    row += [
                        "\(client.outages)",
                        client.outages == 0 ? "–" : DurationText.interval(client.longestLoSeconds, client.longestHiSeconds),
                        client.outages == 0 ? "–" : DurationText.interval(client.totalLoSeconds, client.totalHiSeconds),
                    ]
                } else {
                    row += ["not recorded", "", ""]
                }
            }
            table.append(row)
        }
        table.append(["the whole run"] + runs.flatMap { ["", "", DurationText.elapsed(DurationText.rounded($0.durationSeconds))] })
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
