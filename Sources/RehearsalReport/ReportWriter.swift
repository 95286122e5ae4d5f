public import Foundation
public import RehearsalAnalysis
public import RehearsalStore

/// Writes the reports of a run next to its store.
public enum ReportWriter {
    /// The names of the files that ``write(store:to:)`` makes.
    public static let fileNames = ["report.json", "report.html", "junit.xml"]

    /// The folder, in the run's, that holds the reports of a branch that the run left.
    public static func folder(ofBranch number: Int) -> String { "branch-\(number)" }

    /// Computes every report from a store alone; the same store gives the same bytes.
    ///
    /// The branches that the run left are reported too, each in a folder of its own.
    /// - Parameters:
    ///   - store: The run.
    ///   - directory: Where the files go; the directory of the run by default.
    /// - Returns: The analysis that the reports were made from.
    /// - Throws: `StoreError` when the store cannot be read or a file cannot be written.
    @discardableResult
    public static func write(store: RunStore, to directory: URL? = nil) throws -> RunAnalysis {
        let analysis = try RunAnalysis(store)
        try write(analysis, of: store, to: directory)
        return analysis
    }

    /// Writes every report of a run whose analysis is there already; see ``write(store:to:)``.
    public static func write(_ analysis: RunAnalysis, of store: RunStore, to directory: URL? = nil) throws {
        let directory = directory ?? store.directory
        try write(analysis, to: directory)
        for left in analysis.leftBranches {
            try write(
                RunAnalysis(store, branch: left.number), to: directory.appendingPathComponent(folder(ofBranch: left.number)))
        }
    }

    private static func write(_ analysis: RunAnalysis, to directory: URL) throws {
        let files = [
            ("report.json", try JSONRenderer.render(analysis)),
            ("report.html", try HTMLRenderer.render(analysis)),
            ("junit.xml", JUnitRenderer.render(analysis)),
        ]
        for (name, data) in files {
            do {
                try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
                try data.write(to: directory.appendingPathComponent(name), options: .atomic)
            } catch {
                throw StoreError(
                    .failed,
                    "cannot write \(name) to \(directory.path): \(error.localizedDescription)",
                    hint: "check its permissions and free space, then `rehearse report` again", cause: error)
            }
        }
    }
}
