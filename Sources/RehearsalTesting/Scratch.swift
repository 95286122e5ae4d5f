public import Foundation

/// A new directory that is removed when the value goes out of scope.
public struct Scratch: ~Copyable {
    /// The directory.
    public let url: URL

    /// Makes the directory in the directory for temporary files.
    public init() {
        url = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("rehearsal-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}
