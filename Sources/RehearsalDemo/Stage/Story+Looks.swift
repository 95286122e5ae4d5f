import RehearsalHistory
import RehearsalModel

extension Story.Machine {
    /// How a machine stands: the style of its shape, and a few words.
    func standing(at time: Int64) -> (style: String, words: String) {
        if let failure = failure, failure.time <= time, !procedures.contains(where: { $0.contains(time) }) {
            return ("failed", failure.step)
        }
        if procedures.contains(where: { $0.contains(time) }) {
            let substep = substeps.last { $0.span.contains(time) }?.name
            return ("working", substep ?? "is updated")
        }
        if breakpoints.contains(where: { $0.contains(time) }) { return ("breakpoint", "at its breakpoint") }
        if let end = end, end <= time { return ("done", "is done") }
        if procedures.contains(where: { $0.to <= time }) { return ("waiting", "waits for the rest") }
        return ("waiting", procedures.isEmpty ? "is left alone" : "")
    }

    /// How many of its sub-steps have ended, as a bar along a box.
    func bar(at time: Int64, in box: Box) -> Look {
        guard !substeps.isEmpty else { return Look() }
        return Look(style: standing(at: time).style, x: box.x, width: box.width * done(at: time) / substeps.count)
    }
}

extension Story.Probe {
    /// What clients of a probe feel.
    func look(at time: Int64) -> Look {
        guard let state = segments.last(where: { $0.span.from <= time && time <= $0.span.to })?.state else {
            if segments.first.map({ time < $0.span.from }) == true { return Look(text: "not asked yet", style: "soft") }
            guard !outages.isEmpty else { return Look(text: "never failed", style: "up") }
            let length = longestSeconds > 0 ? "longest \(DurationText.spoken(longestSeconds))" : "failed for a moment"
            return Look(text: length, style: "failed")
        }
        switch state {
        case .up: return Look(text: "answers", style: "up")
        case .slow: return Look(text: "answers late", style: "slow")
        case .unknown: return Look(text: "nobody can tell", style: "unknown")
        case .failed:
            let since = outages.last { $0.from <= time }?.from ?? time
            return Look(text: "no answer for \(max(0, time - since) / 1_000) s", style: "failed")
        }
    }
}

extension Story.Address {
    /// The name without what all addresses have in common.
    var shortName: String { name.hasPrefix("vip-") ? String(name.dropFirst(4)) : name }
}

extension String {
    /// The text in at most two lines, broken between words; what does not fit is cut.
    func wrapped(to width: Int) -> [String] {
        var lines = [""]
        for word in split(separator: " ") {
            if lines[lines.count - 1].isEmpty {
                lines[lines.count - 1] = String(word)
            } else if lines[lines.count - 1].count + 1 + word.count <= width || lines.count == 2 {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines.filter { !$0.isEmpty }.map { $0.truncated(to: width) }
    }
}
