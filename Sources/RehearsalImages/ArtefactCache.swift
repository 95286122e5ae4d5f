public import Foundation
import RehearsalHost

/// A directory of the cache, such as `images`. It holds one directory for each artefact, named by kind and digest.
public struct ArtefactCache: Sendable {
    /// One artefact.
    public struct Entry: Sendable {
        /// The name of its directory: `kind-digest`.
        public let name: String
        /// The space that it takes on disk, in bytes.
        public let bytes: Int64
        /// When it was last made or used.
        public let lastUsed: Date
    }

    /// Where the artefacts are.
    public let directory: URL

    /// Opens a directory of the cache; it need not exist yet.
    public init(cache: URL, folder: String = "images") { directory = cache.appendingPathComponent(folder) }

    /// The artefacts, least recently used first. Unfinished artefacts of killed builds are left out.
    public func entries() throws -> [Entry] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).filter {
            !$0.hasPrefix(".") && !$0.hasSuffix(".log") && !$0.hasSuffix(".lock") && !$0.hasSuffix(".partial")
        }
        return names.map { name in
            let url = directory.appendingPathComponent(name)
            let date = (try? FileManager.default.attributesOfItem(atPath: url.path))?[.modificationDate] as? Date
            return Entry(name: name, bytes: DiskUse.bytes(of: [url]), lastUsed: date ?? .distantPast)
        }.sorted { ($0.lastUsed, $0.name) < ($1.lastUsed, $1.name) }
    }

    /// Removes one artefact, with its log and its lock file.
    ///
    /// - Throws: ``ImageError`` if no artefact has that name.
    public func remove(_ name: String) throws {
        guard try entries().contains(where: { $0.name == name }) else {
            throw ImageError(.storage, "there is no \(name) in \(directory.path)")
        }
        try FileManager.default.removeItem(at: directory.appendingPathComponent(name))
        for ending in ["log", "lock"] {
            try? FileManager.default.removeItem(at: directory.appendingPathComponent("\(name).\(ending)"))
        }
    }

    /// Removes the least recently used artefacts until the others take at most `keepBytes`.
    ///
    /// - Returns: The names of the removed artefacts.
    public func clean(keepBytes: Int64) throws -> [String] {
        var entries = try self.entries()
        var total = entries.reduce(0) { $0 + $1.bytes }
        var removed: [String] = []
        while total > keepBytes, let oldest = entries.first {
            entries.removeFirst()
            try remove(oldest.name)
            total -= oldest.bytes
            removed.append(oldest.name)
        }
        return removed
    }
}
