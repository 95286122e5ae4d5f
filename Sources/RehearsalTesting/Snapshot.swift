public import Foundation

/// A golden file in the folder `Snapshots` beside the test that owns it.
///
/// With `RECORD_SNAPSHOTS=1` in the environment a file that differs is written anew and the test fails, so that no recording
/// passes for a success.
public struct Snapshot: Sendable {
    /// The file.
    public let url: URL

    /// The golden file of that name, beside a test.
    ///
    /// - Parameters:
    ///   - name: The name with its extension.
    ///   - test: The file of the test; leave it to its default.
    public init(_ name: String, beside test: String = #filePath) {
        url = URL(filePath: test).deletingLastPathComponent().appending(path: "Snapshots").appending(path: name)
    }

    /// Compares a text with the golden file.
    ///
    /// - Throws: `Snapshot.Mismatch` if they differ, or if the file was recorded.
    public func verify(_ text: String) throws {
        let isRecording = ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1"
        if isRecording, (try? Data(contentsOf: url)) != Data(text.utf8) {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
            throw Mismatch(description: "recorded \(url.path)")
        }
        guard let data = try? Data(contentsOf: url) else {
            throw Mismatch(description: "no golden file \(url.path); record it with RECORD_SNAPSHOTS=1")
        }
        let golden = String(decoding: data, as: UTF8.self)
        // Texts that differ in bytes only are different, though strings of them may be equal.
        guard data != Data(text.utf8) else { return }
        let old = golden.split(separator: "\n", omittingEmptySubsequences: false)
        let new = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = zip(old, new).enumerated().first { !$1.0.utf8.elementsEqual($1.1.utf8) }?.offset ?? min(old.count, new.count)
        func show(_ lines: [Substring]) -> Substring { line < lines.count ? lines[line] : "(nothing)" }
        throw Mismatch(
            description: """
                differs from \(url.path) in line \(line + 1):
                golden: \(show(old))
                now:    \(show(new))
                """)
    }

    /// A text is not its golden file.
    public struct Mismatch: Error, CustomStringConvertible {
        /// Where they differ first.
        public let description: String
    }
}
