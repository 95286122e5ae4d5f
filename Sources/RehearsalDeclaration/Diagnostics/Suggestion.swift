/// Finds the known name that an unknown name was probably meant to be.
enum Suggestion {
    /// A hint for an unknown name: the nearest known one, or else the list of all.
    static func hint(for name: String, among known: some Collection<String>, kind: String) -> String {
        if let near = nearest(to: name, among: known) { return "did you mean \"\(near)\"?" }
        guard !known.isEmpty else { return "there are no \(kind)" }
        return "known \(kind): " + known.sorted().joined(separator: ", ")
    }

    /// The known name that is the fewest edits away, if these are few for the length of the name.
    static func nearest(to name: String, among known: some Collection<String>) -> String? {
        let limit = max(1, name.count / 3)
        let scored = known.map { (distance: distance(name.lowercased(), $0.lowercased()), name: $0) }
        guard let best = scored.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }),
            best.distance <= limit
        else { return nil }
        return best.name
    }

    /// The number of insertions, deletions, replacements and swaps of neighbours between two words.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left)
        let right = Array(right)
        var rows = [Array(0...right.count)]
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
