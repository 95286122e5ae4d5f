import Foundation
import Glibc

/// One build of an artefact at a time, also between processes; the kernel lets go of it when the process dies.
struct BuildLock {
    private let descriptor: Int32
    private let path: String

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

/// A build's log: every line on disk as it comes, the last ones at hand for the error message.
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

    func tail(_ count: Int) -> String { lock.withLock { last.suffix(count).joined(separator: "; ") } }
}
