import Crypto
import Dispatch
public import Foundation

/// A SHA-256 that grows with what is added.
///
/// Debian's `sha256sum` does without the processor's instructions for it and takes four times as long as this
/// (docs/measurements.md).
public struct SHA256Sum {
    private static let chunk = 4 << 20
    private var hash = SHA256()

    /// Makes the sum of nothing.
    public init() {}

    /// Adds bytes behind those added before.
    public mutating func add(_ data: Data) { hash.update(data: data) }

    /// The sum of all that was added, in hexadecimal, 64 characters.
    public func hexadecimal() -> String {
        hash.finalize().map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    /// The SHA-256 of a file's content, in hexadecimal; it is read on a thread that may block.
    ///
    /// - Throws: ``HostError`` if the file cannot be read.
    public static func ofFile(_ path: String) async throws -> String {
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
            var sum = SHA256Sum()
            while let data = try file.read(upToCount: chunk), !data.isEmpty { sum.add(data) }
            return sum.hexadecimal()
        } catch {
            throw HostError(.host, "cannot read \(path): \(error.localizedDescription)")
        }
    }
}
