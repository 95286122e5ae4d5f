public import Foundation
public import RehearsalImages

/// The checkpoints in the cache, of testbeds that were proven ready.
public enum CheckpointCache {
    /// What checkpoints may take together before the longest unused go, in GiB.
    public static let limitGiB = 10.0
    /// What the checkpoints of all runs may take when a new one starts, in GiB; one run of `ha` makes six.
    public static let runLimitGiB = 20.0
    static var runLimitBytes: Int64 { Int64(runLimitGiB * 1_073_741_824) }

    /// All of them.
    public static func all(_ cache: URL) -> ArtefactCache { ArtefactCache(cache: cache, folder: "checkpoints") }

    /// Removes the longest unused checkpoints beyond the limit.
    static func makeRoom(cache: URL) throws { _ = try all(cache).clean(keepBytes: Int64(limitGiB * 1_073_741_824)) }
}
