public import Foundation
public import RehearsalImages

/// The checkpoints in the cache, of testbeds that were proven ready.
public enum CheckpointCache {
    /// What checkpoints may take together before the longest unused go, in bytes.
    public static let limitBytes: Int64 = 10 << 30
    /// What the checkpoints of all runs may take when a new one starts, in bytes; one run of `ha` makes six.
    public static let runLimitBytes: Int64 = 20 << 30

    /// All of them.
    public static func all(_ cache: URL) -> ArtefactCache { ArtefactCache(cache: cache, folder: "checkpoints") }

    /// Removes the longest unused checkpoints beyond the limit.
    static func makeRoom(cache: URL) throws { _ = try all(cache).clean(keepBytes: limitBytes) }
}
