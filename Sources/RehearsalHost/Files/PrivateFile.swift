public import Foundation
import Glibc

/// Files that only their owner may read and write.
public enum PrivateFile {
    /// Writes a file, in place of one that may be there: at no time is it half written, and at no time may anybody else open it.
    ///
    /// - Throws: ``HostError`` with the system's reason.
    public static func replace(_ file: URL, with content: Data) throws(HostError) {
        let temporary = file.path + ".new-\(getpid())"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw HostError(.host, "cannot write \(file.path): \(lastSystemError())") }
        do {
            try write(content, to: descriptor)
            guard fsync(descriptor) == 0, rename(temporary, file.path) == 0 else { throw Failed() }
            close(descriptor)
        } catch {
            let reason = lastSystemError()
            close(descriptor)
            unlink(temporary)
            throw HostError(.host, "cannot write \(file.path): \(reason)")
        }
    }

    private struct Failed: Error {}

    private static func write(_ content: Data, to descriptor: Int32) throws {
        var rest = content
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failed() }
            rest = rest.dropFirst(count)
        }
    }
}
