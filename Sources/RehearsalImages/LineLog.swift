import Foundation

/// The log of a build. Each line goes to disk at once; the last 20 are kept for the error message.
final class LineLog: @unchecked Sendable {
    private let handle: FileHandle
    private let lock = NSLock()
    private var last: [String] = []

    init(_ file: URL) throws {
        guard FileManager.default.createFile(atPath: file.path, contents: nil), let handle = FileHandle(forWritingAtPath: file.path) else {
            throw ImageError(.storage, "cannot write \(file.path)", hint: "check the cache directory's owner and free space")
        }
        self.handle = handle
    }

    func append(_ line: String) {
        lock.withLock {
            // On a full disk the line is lost; the build itself says what it could not write.
            try? handle.write(contentsOf: Data((line + "\n").utf8))
            let text = line.trimmingCharacters(in: .whitespaces)
            if !text.isEmpty { last = last.suffix(19) + [text] }
        }
    }

    /// The last lines, on one line.
    func tail(_ count: Int) -> String { lock.withLock { last.suffix(count).joined(separator: "; ") } }
}
