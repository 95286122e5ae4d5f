import Foundation
import RehearsalModel

/// A developer's own `.deb` files as the candidate channel.
enum CandidateDirectory {
    /// The first bytes of every `.deb` (an `ar` archive whose first member is `debian-binary`; deb(5)).
    private static let magic = Data("!<arch>\ndebian-binary".utf8)

    /// The names of the packages in a candidate's directory, from the names of its files (`NAME_VERSION_ARCHITECTURE.deb`); none without one.
    static func packages(_ candidate: Candidate) throws -> Set<String> {
        guard case .directory(let path) = candidate else { return [] }
        let files = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".deb") }
        return Set(files.map { String($0.prefix { $0 != "_" }) })
    }

    /// The error that no package of a directory changes anything; it says of each file why.
    ///
    /// - Parameter held: The packages that the images hold, role by role.
    static func nothingNewer(_ directory: String, held: [[PackageVersion]]) -> ImageError {
        let versions = Dictionary(held.joined().map { ($0.name, $0.version) }) { first, _ in first }
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter { $0.hasSuffix(".deb") }.sorted()
        let reasons = files.map { file in
            let name = String(file.prefix { $0 != "_" })
            let why = versions[name].map { "images hold \(name) \($0), and this is not newer, or cannot be installed" }
            return "\(directory)/\(file): \(why ?? "no image holds \(name)")"
        }
        return ImageError(
            .candidate,
            (["no package of \(directory) changes anything, so there is nothing to rehearse"] + reasons).joined(separator: "\n"),
            hint: "give newer versions of packages that images hold; docs/how-to/own-packages.md says which can be rehearsed")
    }

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
