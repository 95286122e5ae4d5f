public import Foundation
import Glibc

/// What files take on a disk.
public enum DiskUse {
    /// The space that folders take together with all that is in them, in bytes. A file with several names, as checkpoints share the disks of
    /// machines, counts once.
    public static func bytes(of folders: [URL]) -> Int64 {
        var seen: Set<ino_t> = []
        var total: Int64 = 0
        for folder in folders {
            guard let walk = FileManager.default.enumerator(atPath: folder.path) else { continue }
            while let name = walk.nextObject() as? String {
                var status = stat()
                guard lstat(folder.path + "/" + name, &status) == 0, seen.insert(status.st_ino).inserted else { continue }
                total += Int64(status.st_blocks) * 512
            }
        }
        return total
    }
}
