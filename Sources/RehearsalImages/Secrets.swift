public import Foundation
import RehearsalHost

/// The passwords and keys of the testbeds raised from one image cache.
///
/// They are made once, at random, and the databases in the images are set up with them. They never leave the host and are never
/// printed. Only their owner can read the file (docs/decisions/0004-secrets-per-image-cache.md).
public struct Secrets: Sendable {
    /// The values by name. Templates find them under `secret`.
    public let values: [String: String]

    /// Reads the secrets of an image cache, and first makes those that it lacks.
    ///
    /// - Parameters:
    ///   - cache: The directory of the cache.
    ///   - names: The names of those that are needed.
    /// - Throws: ``ImageError`` if the cache's file of secrets cannot be read, `HostError` if it cannot be written.
    public static func of(cache: URL, names: [String]) throws -> Secrets {
        try loadOrCreate(cache.appendingPathComponent("secrets.json"), names: names)
    }

    /// Reads the secrets in `file`, and first makes those that it lacks.
    ///
    /// - Throws: ``ImageError`` if the file cannot be read, `HostError` if it cannot be written.
    public static func loadOrCreate(_ file: URL, names: [String]) throws -> Secrets {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        // Of two commands that find none, one makes them and the other reads them.
        let lock = try FileLock.wait(file.path + ".lock", permissions: 0o600)
        defer { withExtendedLifetime(lock) {} }
        var values: [String: String] = [:]
        if FileManager.default.fileExists(atPath: file.path) {
            guard let data = try? Data(contentsOf: file), let kept = try? JSONDecoder().decode([String: String].self, from: data) else {
                throw ImageError(
                    .storage, "the secrets file \(file.path) cannot be read", hint: "remove it; all images are then built again")
            }
            values = kept
        }
        let missing = names.filter { values[$0] == nil }
        guard !missing.isEmpty else { return Secrets(values: values) }
        for name in missing { values[name] = random() }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try PrivateFile.replace(file, with: try encoder.encode(values))
        return Secrets(values: values)
    }

    /// 24 characters of letters and digits (142 bits) from the system's generator.
    private static func random() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<24).map { _ in letters.randomElement(using: &generator) ?? "x" })
    }
}
