import RehearsalAnalysis
import RehearsalChecks
import RehearsalHistory
import RehearsalModel

/// What the words in double braces of a caption stand for (docs/demo.md). Every number in them comes from the run's report.
struct CaptionWords {
    /// The words, by their names.
    private var values: [String: String] = [:]
    /// How many characters of a check's reason a caption can bear.
    private static let longestReason = 130

    /// The words that any run has, and those of the worst outage if there is one.
    init(_ story: Story) {
        let (analysis, conditions) = (story.analysis, story.analysis.conditions)
        values = [
            "run.scenario": conditions.scenario, "run.topology": conditions.topology, "run.strategy": conditions.strategy,
            "run.duration": DurationText.spoken(analysis.durationSeconds), "run.machines": "\(analysis.machines.count)",
            "run.updated": "\(analysis.machines.count { !$0.changes.isEmpty })", "run.probes": "\(analysis.probes.count)",
            "run.steps": "\(analysis.spans.count)",
            "run.packages": "\(Set(analysis.machines.flatMap { $0.changes.map(\.name) }).count)",
            "run.verdict": analysis.verdict.rawValue, "run.answer": analysis.answer,
            "run.failures": "\(analysis.probes.count { $0.client(patience: Patience.headline)?.failed.outages.isEmpty == false })",
            "run.reason": analysis.checks.first { $0.verdict == analysis.verdict && $0.verdict != .pass }
                .map { ($0.message.isEmpty ? $0.name : $0.message).truncated(to: Self.longestReason) }
                ?? "every check passed",
        ]
        guard let worst = story.worst else { return }
        values["worst.probe"] = worst.probe
        values["worst.length"] = DurationText.spoken(worst.loSeconds)
        values["worst.cause"] = analysis.causeText(worst) + (worst.machine.map { " on \($0)" } ?? "")
        values["worst.evidence"] = analysis.evidenceText(worst)
        values["worst.packages"] = analysis.packages(behind: worst).shortList
    }

    /// The same, with the words of a machine.
    func and(_ machine: Story.Machine, of story: Story) -> CaptionWords {
        var words = self
        words.values["machine.name"] = machine.name
        let changes = story.analysis.machines.first { $0.record.name == machine.name }?.changes ?? []
        words.values["machine.packages"] = "\(changes.count)"
        words.values["machine.duration"] = machine.begin.flatMap { begin in machine.end.map { Double($0 - begin) / 1_000 } }
            .map(DurationText.spoken)
        let felt = story.analysis.probes.compactMap { $0.client(patience: Patience.headline) }.flatMap(\.failed.outages)
            .filter { $0.machine == machine.name }
        words.values["machine.failures"] = felt.isEmpty ? "No request failed." : Self.sentence(felt)
        return words
    }

    private static func sentence(_ felt: [Outage]) -> String {
        guard let worst = felt.worst else { return "" }
        let probes = Set(felt.map(\.probe)).count
        return "\(probes == 1 ? "One probe" : "\(probes) probes") failed, at most for \(DurationText.spoken(worst.loSeconds))."
    }

    /// A caption with all its words.
    ///
    /// - Returns: The text; nil if a word is missing, which is then in `missing`.
    func fill(_ text: String, missing: inout [String]) -> String {
        var (filled, rest) = ("", Substring(text))
        while let open = rest.range(of: "{{"), let close = rest[open.upperBound...].range(of: "}}") {
            let name = rest[open.upperBound..<close.lowerBound].trimmingSpaces
            filled += rest[..<open.lowerBound]
            if let value = values[name] { filled += value.printable.redacted } else { missing.append(name) }
            rest = rest[close.upperBound...]
        }
        return filled + rest
    }

    /// The names of all words, sorted.
    var names: [String] { values.keys.sorted() }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
