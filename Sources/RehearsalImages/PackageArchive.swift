import Foundation
import RehearsalModel

/// The Debian archive that images are made from.
public struct PackageSources: Sendable, Equatable {
    /// Base URL of the archive, as `http://deb.debian.org/debian`.
    public var mirror: String
    /// Base URL of the security archive.
    public var securityMirror: String
    /// The stable suite: the *installed* channel is this suite alone.
    public var suite: String

    public init(
        mirror: String = "http://deb.debian.org/debian",
        securityMirror: String = "http://deb.debian.org/debian-security", suite: String = "bookworm"
    ) {
        self.mirror = mirror
        self.securityMirror = securityMirror
        self.suite = suite
    }
}

/// A private view of the package archive: its own lists, its own (empty) package database, no root needed.
///
/// It answers one question: which packages, at which versions, would a role's package list install today from the
/// stable suite alone? The answer is part of the image's digest.
struct PackageArchive {
    let directory: URL
    let sources: PackageSources

    /// The lists are read again when older than this many seconds (6 hours), or when asked.
    static let freshness: TimeInterval = 6 * 3600

    private var lists: URL { directory.appendingPathComponent("state/lists") }
    private var stamp: URL { directory.appendingPathComponent("refreshed") }

    private var options: [String] {
        [
            "Dir=\(directory.path)", "Dir::State=\(directory.path)/state", "Dir::State::status=\(directory.path)/state/status",
            "Dir::Cache=\(directory.path)/cache", "Dir::Etc=\(directory.path)/etc",
            "Dir::Etc::sourcelist=\(directory.path)/etc/sources.list",
            "Dir::Etc::sourceparts=-", "Dir::Etc::Trusted=/usr/share/keyrings/debian-archive-keyring.gpg",
            "Dir::Etc::TrustedParts=-", "APT::Architecture=amd64", "Acquire::Languages=none", "APT::Install-Recommends=false",
            "APT::Get::List-Cleanup=true", "Debug::NoLocking=true", "APT::Sandbox::User=root",
        ].flatMap { ["-o", $0] }
    }

    /// Reads the archive's lists again if they are stale.
    ///
    /// - Throws: ``ImageError`` if the archive cannot be reached and no older lists are cached.
    func refresh(force: Bool) async throws {
        let manager = FileManager.default
        if !force, let date = (try? manager.attributesOfItem(atPath: stamp.path))?[.modificationDate] as? Date,
            Date().timeIntervalSince(date) < Self.freshness, try savedSources() == sourcesText
        {
            return
        }
        for part in ["state/lists/partial", "cache/archives/partial", "etc"] {
            try manager.createDirectory(at: directory.appendingPathComponent(part), withIntermediateDirectories: true)
        }
        try Data().write(to: directory.appendingPathComponent("state/status"))
        try Data(sourcesText.utf8).write(to: directory.appendingPathComponent("etc/sources.list"))
        let output = try await Tool.run("apt-get", options + ["--error-on=any", "update"])
        guard output.status == 0 else {
            if !force, !archiveState().isEmpty { return }
            throw ImageError(
                .archive, "cannot read the package lists of \(sources.mirror): \(output.standardError.lastLines(3))",
                hint: "check the network, or name a mirror with --mirror")
        }
        try Data().write(to: stamp)
    }

    private var sourcesText: String { "deb \(sources.mirror) \(sources.suite) main\n" }
    private func savedSources() throws -> String? {
        try? String(contentsOf: directory.appendingPathComponent("etc/sources.list"), encoding: .utf8)
    }

    /// The text of the archive's signed index when it was last read. It changes whenever a package changes.
    func archiveState() -> String {
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: lists.path)) ?? []).sorted().filter { $0.hasSuffix("Release") }
        return files.compactMap { try? String(contentsOf: lists.appendingPathComponent($0), encoding: .utf8) }.joined()
    }

    /// The packages and versions that apt would install for `packages` on an empty machine, sorted by name: the essential
    /// system, the packages, and all dependencies.
    func closure(of packages: [String]) async throws -> [PackageVersion] {
        var digest = ContentDigest()
        digest.add("state", archiveState())
        digest.add("packages", packages.sorted().joined(separator: " "))
        let saved = directory.appendingPathComponent("closures/\(digest.finalized()).json")
        if let data = try? Data(contentsOf: saved), let known = try? JSONDecoder().decode([PackageVersion].self, from: data) {
            return known
        }
        let wanted = ["?essential", "?priority(required)", "apt"] + packages
        let output = try await Tool.run("apt-get", options + ["--simulate", "install"] + wanted)
        guard output.status == 0 else {
            throw ImageError(
                .recipe, "the package list cannot be installed from \(sources.suite): \(output.standardError.lastLines(4))",
                hint: "correct `packages` in the service.yaml that names it")
        }
        let found = Self.parseSimulation(output.standardOutput)
        try FileManager.default.createDirectory(at: saved.deletingLastPathComponent(), withIntermediateDirectories: true)
        try JSONEncoder().encode(found).write(to: saved, options: .atomic)
        return found
    }

    /// Reads the `Inst name (version …)` lines of an apt simulation.
    static func parseSimulation(_ text: String) -> [PackageVersion] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 3, words[0] == "Inst", let open = words.dropFirst(2).first(where: { $0.hasPrefix("(") }) else {
                return nil
            }
            return PackageVersion(name: String(words[1]), version: String(open.dropFirst()))
        }.sorted()
    }
}

extension String {
    /// The last `count` lines that are not blank, on one line.
    func lastLines(_ count: Int) -> String {
        split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }.suffix(count).joined(separator: "; ")
    }
}
