internal import Crypto
internal import Dispatch
internal import Foundation

/// The digest of a file's content.
enum FileDigest {
    private static let chunk = 4 << 20

    /// The SHA-256 of a file, in hexadecimal.
    ///
    /// Debian's `sha256sum` does without the processor's instructions for it and takes four times as long as this
    /// (docs/decisions/0007). Reads on a thread that may block.
    /// - Throws: ``TestbedError`` if it cannot be read.
    static func sha256(ofFile path: String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .userInitiated).async {
                continuation.resume(with: Result { try read(path) })
            }
        }
    }

    private static func read(_ path: String) throws -> String {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            var hash = SHA256()
            while let data = try file.read(upToCount: chunk), !data.isEmpty { hash.update(data: data) }
            return hash.finalize().map { String(format: "%02x", $0) }.joined()
        } catch {
            throw TestbedError(.host, "cannot read \(path): \(error.localizedDescription)")
        }
    }
}
