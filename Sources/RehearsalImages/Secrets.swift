public import Foundation

/// The passwords and keys of the testbeds raised from one image cache.
///
/// They are drawn once, at random, and baked into the seeded databases; they never leave the host, are never printed,
/// and are kept readable for their owner alone (see docs/decisions/0004-secrets-per-image-cache.md).
public struct Secrets: Sendable {
    /// Name to value, as templates see it under `secret`.
    public let values: [String: String]

    static let names = [
        "database_root", "erlang_cookie", "heat_encryption", "keystone_admin", "keystone_database", "probe", "rabbitmq",
    ]

    /// The secrets of an image cache, made on first use.
    ///
    /// - Parameter cache: The directory of the cache.
    /// - Throws: ``ImageError`` when the cache's file of secrets cannot be used.
    public static func of(cache: URL) throws -> Secrets {
        try loadOrCreate(cache.appendingPathComponent("secrets.json"))
    }

    /// The secrets kept in `file`, made on first use.
    ///
    /// - Throws: ``ImageError`` when the file is there but cannot be used.
    public static func loadOrCreate(_ file: URL) throws -> Secrets {
        var values: [String: String] = [:]
        if FileManager.default.fileExists(atPath: file.path) {
            guard let data = try? Data(contentsOf: file), let kept = try? JSONDecoder().decode([String: String].self, from: data) else {
                throw ImageError(.storage, "the secrets file \(file.path) cannot be read", hint: "remove it; images are then built anew")
            }
            values = kept
        }
        let missing = names.filter { values[$0] == nil }
        guard !missing.isEmpty else { return Secrets(values: values) }
        for name in missing { values[name] = random() }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        guard
            FileManager.default.createFile(atPath: file.path, contents: try encoder.encode(values), attributes: [.posixPermissions: 0o600])
        else { throw ImageError(.storage, "cannot write \(file.path)") }
        return Secrets(values: values)
    }

    /// 24 characters of letters and digits (142 bits) from the system's generator.
    private static func random() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<24).map { _ in letters.randomElement(using: &generator) ?? "x" })
    }
}
