public import Foundation

/// A folder of the cache with one folder for each artefact, named by kind and digest: images, checkpoints.
public struct ArtefactCache: Sendable {
    public struct Entry: Sendable {
        public let name: String
        public let bytes: Int64
        public let lastUsed: Date
    }

    /// Where the artefacts are.
    public let directory: URL

    public init(cache: URL, folder: String = "images") { directory = cache.appendingPathComponent(folder) }

    /// What there is, the longest unused first; half-made artefacts of builds that were killed are left out.
    public func entries() throws -> [Entry] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).filter {
            !$0.hasPrefix(".") && !$0.hasSuffix(".log") && !$0.hasSuffix(".lock") && !$0.hasSuffix(".partial")
        }
        return names.map { name in
            let url = directory.appendingPathComponent(name)
            let date = (try? FileManager.default.attributesOfItem(atPath: url.path))?[.modificationDate] as? Date
            return Entry(name: name, bytes: ImageBuilder.allocatedBytes(url), lastUsed: date ?? .distantPast)
        }.sorted { ($0.lastUsed, $0.name) < ($1.lastUsed, $1.name) }
    }

    /// Removes one artefact.
    ///
    /// - Throws: ``ImageError`` when there is none of that name.
    public func remove(_ name: String) throws {
        guard try entries().contains(where: { $0.name == name }) else {
            throw ImageError(.storage, "there is no \(name) in \(directory.path)")
        }
        try FileManager.default.removeItem(at: directory.appendingPathComponent(name))
        for ending in ["log", "lock"] {
            try? FileManager.default.removeItem(at: directory.appendingPathComponent("\(name).\(ending)"))
        }
    }

    /// Removes the longest unused artefacts until at most `keepBytes` are left.
    ///
    /// - Returns: The names of what was removed.
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
