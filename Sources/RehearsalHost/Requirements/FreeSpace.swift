public import Foundation
import Glibc

/// What a disk has room for.
public enum FreeSpace {
    /// The bytes that an ordinary user may still write to the file system of a directory; nil if it cannot be looked at.
    public static func bytes(at directory: URL) -> Int? {
        var status = statvfs()
        guard statvfs(directory.path, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// A directory, or what is there of the path to it.
    public static func existing(_ directory: URL) -> URL {
        var existing = directory
        while !FileManager.default.fileExists(atPath: existing.path) { existing.deleteLastPathComponent() }
        return existing
    }
}
