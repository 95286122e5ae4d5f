import Foundation

/// A developer's own `.deb` files as the candidate channel.
enum CandidateDirectory {
    /// The first bytes of every `.deb` (an `ar` archive whose first member is `debian-binary`; deb(5)).
    private static let magic = Data("!<arch>\ndebian-binary".utf8)

    /// Checks, before anything is started, that the directory exists, that it holds packages, and that each is readable.
    ///
    /// - Throws: ``ImageError`` that names every unusable file.
    static func check(_ directory: URL) throws {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory.path) else {
            throw ImageError(.candidate, "the candidate directory \(directory.path) cannot be read", hint: "name a directory of .deb files")
        }
        let packages = names.filter { $0.hasSuffix(".deb") }.sorted()
        guard !packages.isEmpty else {
            throw ImageError(
                .candidate, "the candidate directory \(directory.path) holds no .deb file", hint: "name a directory of .deb files")
        }
        let unreadable = packages.filter { name in
            guard let handle = try? FileHandle(forReadingFrom: directory.appendingPathComponent(name)) else { return true }
            defer { try? handle.close() }
            return (try? handle.read(upToCount: magic.count)) != magic
        }
        guard unreadable.isEmpty else {
            throw ImageError(
                .candidate, unreadable.map { "\(directory.path)/\($0): not a readable Debian package" }.joined(separator: "\n"),
                hint: "build the packages again, or remove these files")
        }
    }
}
