import Foundation
import Glibc

/// Lets only one process at a time build an artefact. The kernel releases the lock when the process dies.
struct BuildLock {
    private let descriptor: Int32
    private let path: String

    /// Waits until the lock is free, and takes it.
    ///
    /// - Throws: ``ImageError`` if the lock file cannot be written or locked.
    static func acquire(_ file: URL) throws -> BuildLock {
        let descriptor = open(file.path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ImageError(
                .storage, "cannot write \(file.path): \(String(cString: strerror(errno)))",
                hint: "check the cache directory's owner and free space")
        }
        guard flock(descriptor, LOCK_EX) == 0 else {
            close(descriptor)
            throw ImageError(.storage, "cannot lock \(file.path): \(String(cString: strerror(errno)))")
        }
        return BuildLock(descriptor: descriptor, path: file.path)
    }

    func release() {
        close(descriptor)
    }
}

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
            handle.write(Data((line + "\n").utf8))
            let text = line.trimmingCharacters(in: .whitespaces)
            if !text.isEmpty { last = last.suffix(19) + [text] }
        }
    }

    /// The last lines, on one line.
    func tail(_ count: Int) -> String { lock.withLock { last.suffix(count).joined(separator: "; ") } }
}
