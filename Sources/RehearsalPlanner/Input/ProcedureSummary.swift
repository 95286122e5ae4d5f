/// A procedure's name, and the sub-steps that its header declares.
///
/// The header names the sub-steps in their order, in comment lines such as
/// `#: step stop-cluster — leaves the cluster in bounded time`. A name with a part in angle brackets
/// (`update-<service>`) stands for one sub-step for each group of packages that the procedure gets as an argument.
public struct ProcedureSummary: Hashable, Codable, Sendable {
    /// The name: that of its file without the extension.
    public let name: String
    /// The names of the sub-steps, in order.
    public let substeps: [String]

    /// Makes a summary.
    public init(name: String, substeps: [String]) {
        self.name = name
        self.substeps = substeps
    }

    /// Reads the header of a procedure.
    ///
    /// - Parameters:
    ///   - name: The name of the procedure.
    ///   - text: The text of its file.
    /// - Returns: The summary.
    /// - Throws: `PlanError` if a line with `#:` names no sub-step, or a sub-step that an earlier line names.
    public static func parse(name: String, text: String) throws(PlanError) -> ProcedureSummary {
        var substeps: [String] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where line.hasPrefix("#:") {
            func fail(_ why: String) -> PlanError {
                PlanError(
                    .badProcedure, "read header of procedure \(name), line \(index + 1): \(why)",
                    hint: "write \"#: step <name> — <description>\"")
            }
            let words = line.dropFirst(2).split(whereSeparator: \.isWhitespace)
            guard words.first == "step", words.count >= 2, isName(words[1]) else {
                throw fail("no sub-step is named")
            }
            guard !substeps.contains(String(words[1])) else {
                throw fail("sub-step \(words[1]) is named twice")
            }
            substeps.append(String(words[1]))
        }
        return ProcedureSummary(name: name, substeps: substeps)
    }

    /// The sub-steps when the procedure is given these groups of packages.
    func substeps(groups: [PackageGroup]) -> [String] {
        substeps.flatMap { name in
            guard let open = name.firstIndex(of: "<"), let close = name.lastIndex(of: ">"), open < close else {
                return [name]
            }
            return groups.map { name[..<open] + $0.service + name[name.index(after: close)...] }
        }
    }

    private static func isName(_ word: Substring) -> Bool {
        word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.<>".contains($0)) }
            && word.contains { $0.isLetter || $0.isNumber }
    }
}
