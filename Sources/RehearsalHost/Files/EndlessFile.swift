import CLinux
import Glibc

/// A file that somebody writes who may write without end.
public struct EndlessFile: Sendable {
    private let path: String
    /// How many bytes the file may take on the disk.
    private let mostBytes: Int64
    /// How many bytes at its end are kept when it takes more.
    private let keptBytes: Int64

    /// Names a file, which need not be there yet.
    public init(path: String, mostBytes: Int64 = 64 << 20, keptBytes: Int64 = 16 << 20) {
        self.path = path
        self.mostBytes = mostBytes
        self.keptBytes = keptBytes
    }

    /// Gives all but the end of the file back to the file system, if it takes more than it may.
    ///
    /// Places in the file stay what they were, for who writes and for who reads; what was given back is read as zeros.
    /// - Returns: Whether something was given back.
    /// - Throws: ``HostError`` where the file system cannot do that.
    @discardableResult
    public func giveBack() throws -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, Int64(status.st_blocks) * 512 > mostBytes else { return false }
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw HostError(.host, "cannot open \(path): \(lastSystemError())") }
        defer { close(descriptor) }
        let end = (Int64(status.st_size) - keptBytes) & ~4095
        guard end > 0 else { return false }
        guard uptime_punch_hole(descriptor, 0, end) == 0 else {
            throw HostError(.host, "cannot shorten \(path): \(lastSystemError())")
        }
        return true
    }
}
