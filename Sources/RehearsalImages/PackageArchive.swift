import Foundation
import RehearsalModel

/// Where the packages that images are made from come from.
///
/// What is not named here comes from where the machine's own apt takes it (`Images/build/archive.sh`, docs/package-sources.md).
public struct PackageSources: Sendable, Equatable {
    /// Base URL of the archive; nil for the machine's own.
    public var mirror: String?
    /// Base URL of the security archive; nil for the machine's own.
    public var securityMirror: String?
    /// The stable suite: the *installed* channel is this suite alone.
    public var suite: String

    public init(mirror: String? = nil, securityMirror: String? = nil, suite: String = "bookworm") {
        self.mirror = mirror
        self.securityMirror = securityMirror
        self.suite = suite
    }

    /// The suite with the security updates of ``suite``.
    var securitySuite: String { suite + "-security" }

    /// What the build files are told.
    var environment: [String: String] {
        var values = ["REHEARSAL_SUITE": suite]
        values["REHEARSAL_MIRROR"] = mirror
        values["REHEARSAL_SECURITY_MIRROR"] = securityMirror
        return values
    }
}

/// A private view of one suite of the package archive: its own lists, its own (empty) package database, no root needed.
///
/// It answers one question: which packages, at which versions, would a role's package list install today from the
/// suite alone? The answer names the image. Where the suite comes from is not part of it.
struct PackageArchive {
    /// Holds the lists, and the apt configuration made by `apt-context.sh`.
    let directory: URL
    /// The project's `Images` folder.
    let images: URL
    let sources: PackageSources
    let suite: String
    /// What the environment has besides, as another machine's `APT_CONFIG`.
    var environment: [String: String] = [:]

    /// The lists are read again when older than this many seconds (6 hours), or when asked.
    static let freshness: TimeInterval = 6 * 3600

    private var lists: URL { directory.appendingPathComponent("lists") }
    private var stamp: URL { directory.appendingPathComponent("refreshed") }

    /// apt, with the directory's configuration.
    private func apt(_ arguments: String...) async throws -> Tool.Output { try await apt(arguments) }
    private func apt(_ arguments: [String]) async throws -> Tool.Output {
        try await Tool.run("apt-get", arguments, environment: ["APT_CONFIG": directory.appendingPathComponent("apt.conf").path])
    }

    /// Finds out where the suite comes from, and has the directory's apt take it from there.
    ///
    /// - Returns: Whether that is another place than before.
    /// - Throws: ``ImageError`` if the machine's apt has no source of the suite and none is named.
    private func configure() async throws -> Bool {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let before = source()
        let output = try await Tool.run(
            "bash",
            ["-euc", #". "$0/build/apt-context.sh"; apt_context "$@""#, images.path, directory.path, suite],
            environment: sources.environment.merging(environment) { _, other in other })
        guard output.status == 0 else { throw Self.noSource(output.standardError) }
        return source() != before
    }

    private func source() -> String? {
        try? String(contentsOf: directory.appendingPathComponent("etc/archive.sources"), encoding: .utf8)
    }

    /// What `archive.sh` said when it found no source: `error: …` and `hint: …`, after what apt said.
    static func noSource(_ text: String) -> ImageError {
        let lines = text.split(separator: "\n")
        func said(_ prefix: String) -> String? { lines.last { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) } }
        return ImageError(
            .archive, said("error: ") ?? "cannot read apt's configuration: \(text.lastLines(3))",
            hint: said("hint: ") ?? "see what `apt-get update` says")
    }

    /// Reads the archive's lists again if they are stale.
    ///
    /// - Throws: ``ImageError`` if the machine's apt has no source of the suite, or if the archive cannot be reached and there are no
    ///   lists from before.
    func refresh(force: Bool) async throws {
        let manager = FileManager.default
        let elsewhere = try await configure()
        if elsewhere { try? manager.removeItem(at: stamp) }
        if !force, let date = (try? manager.attributesOfItem(atPath: stamp.path))?[.modificationDate] as? Date,
            Date().timeIntervalSince(date) < Self.freshness
        {
            return
        }
        let output = try await apt("--error-on=any", "update")
        guard output.status == 0 else {
            if !force, !archiveState().isEmpty { return }
            throw ImageError(
                .archive, "cannot read the package lists of \(suite): \(output.standardError.lastLines(3))",
                hint: "check the network and apt's configuration, or name a mirror with "
                    + (suite == sources.securitySuite ? "--security-mirror" : "--mirror"))
        }
        try Data().write(to: stamp)
    }

    /// What the archive's signed index said when it was last read; changes whenever any package changes.
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
        let output = try await apt(["--simulate", "install"] + wanted)
        guard output.status == 0 else {
            throw ImageError(
                .recipe, "the package list cannot be installed from \(suite): \(output.standardError.lastLines(4))",
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
