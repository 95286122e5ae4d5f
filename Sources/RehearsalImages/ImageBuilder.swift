public import Foundation
import RehearsalHost
public import RehearsalModel

/// What ``ImageBuilder`` reports while it works. The first value of each case is the kind of artefact, such as `kernel`.
public enum ImageProgress: Sendable {
    /// The artefact was found in the cache.
    case reused(String, digest: String)
    /// The build of the artefact begins.
    case building(String, digest: String)
    /// The build has reached the stage named by the second value.
    case stage(String, String)
    /// The artefact was built in `seconds` and takes `bytes` on disk.
    case built(String, seconds: Double, bytes: Int64)
}

/// Builds images on the host without root, and caches each under the digest of everything that it is made from.
///
/// The heavy work runs here, on the host's own processor: installing packages, making database schemas, bootstrapping clusters.
/// An emulated guest would take about eleven times as long (docs/measurements.md#emulated-guests).
/// Each artefact is one directory, `<cache>/images/<kind>-<digest>`. It is made under another name and then renamed, so that it
/// exists whole or not at all.
public struct ImageBuilder: Sendable {
    let cache: URL
    let images: URL
    let sources: PackageSources
    let refresh: Bool
    let progress: @Sendable (ImageProgress) -> Void

    /// Makes a builder.
    ///
    /// - Parameters:
    ///   - cache: The cache directory (`~/.cache/rehearsal`).
    ///   - images: The project's directory `Images`.
    ///   - sources: The package archive.
    ///   - refresh: Whether to read the archive's package lists again even if the cached lists are fresh.
    ///   - progress: Called as the work proceeds.
    public init(
        cache: URL, images: URL, sources: PackageSources = .init(), refresh: Bool = false,
        progress: @escaping @Sendable (ImageProgress) -> Void = { _ in }
    ) {
        self.cache = cache
        self.images = images
        self.sources = sources
        self.refresh = refresh
        self.progress = progress
    }

    private var archive: PackageArchive {
        PackageArchive(directory: cache.appendingPathComponent("apt"), images: images, sources: sources, suite: sources.suite)
    }

    /// Builds, or finds in the cache, every artefact that `topology` needs to boot and to be updated.
    ///
    /// - Throws: ``ImageError``; code `nothingToUpdate` when no installed package has another candidate version.
    public func prepare(topology: Topology, catalog: Catalog, candidate: Candidate) async throws -> ImageSet {
        try await archive.refresh(force: refresh)
        let secrets = try Secrets.of(cache: cache, names: catalog.secrets(of: topology.services))
        let recipes = try topology.rolesInUse.map { role in
            try RoleRecipe(role: role, topology: topology, catalog: catalog, secrets: secrets)
        }
        var closures: [String: [PackageVersion]] = [:]
        for recipe in recipes { closures[recipe.role] = try await archive.closure(of: recipe.packages) }

        let kernel = try await self.kernel()
        let channel = try await self.candidate(candidate, closures: closures)
        let base = try await self.base()
        var roles: [String: ImageSet.RoleImage] = [:]
        for recipe in recipes {
            roles[recipe.role] = try await image(
                recipe, closure: closures[recipe.role] ?? [], base: base, repository: channel.directory, repositoryDigest: channel.digest)
        }
        return ImageSet(
            kernel: kernel.directory.appendingPathComponent("vmlinuz"), initrd: kernel.directory.appendingPathComponent("initrd"),
            kernelDigest: kernel.digest, roles: roles, delta: channel.delta, candidateDigest: channel.digest,
            candidateSource: candidate.description,
            candidateLeftOut: try CandidateDirectory.packages(candidate).subtracting(channel.delta.map(\.name)).sorted())
    }

    // MARK: Kernel

    /// Builds, or finds in the cache, the kernel, the initial ramdisk and the accelerator probe. `rehearse doctor` boots them too.
    ///
    /// - Returns: The directory of the artefact, and its digest.
    public func kernel() async throws -> (directory: URL, digest: String) {
        try await archive.refresh(force: false)
        let version = try await archive.closure(of: ["linux-image-cloud-amd64"])
        var digest = ContentDigest()
        digest.add("version", version.filter { $0.name.hasPrefix("linux-image") }.map { "\($0.name)=\($0.version)" }.joined(separator: " "))
        digest.add(
            "busybox", try await archive.closure(of: ["busybox-static"]).filter { $0.name == "busybox-static" }.map(\.version).joined())
        for file in ["kernel.sh", "apt-context.sh", "archive.sh", "initrd-init", "probe-init", "probe-loop.sh"] {
            try digest.add(file, tree: images.appendingPathComponent("build/\(file)"))
        }
        let name = digest.finalized()
        let directory = try await artefact(.kernel, digest: name, isolated: false) { _, output in
            ("build/kernel.sh", ["REHEARSAL_OUTPUT": output.path])
        }
        return (directory.url, name)
    }

    // MARK: Base and roles

    private func base() async throws -> (archive: URL, digest: String) {
        var digest = ContentDigest()
        digest.add("closure", try await archive.closure(of: []).map { "\($0.name)=\($0.version)" }.joined(separator: "\n"))
        for file in ["base.sh", "archive.sh"] { try digest.add(file, tree: images.appendingPathComponent("build/\(file)")) }
        let name = digest.finalized()
        let made = try await artefact(.base, digest: name, isolated: true) { _, output in
            ("build/base.sh", ["REHEARSAL_OUTPUT": output.path, "REHEARSAL_BASE": output.appendingPathComponent("base.tar").path])
        }
        return (made.url.appendingPathComponent("base.tar"), name)
    }

    private func image(
        _ recipe: RoleRecipe, closure: [PackageVersion], base: (archive: URL, digest: String), repository: URL, repositoryDigest: String
    ) async throws -> ImageSet.RoleImage {
        var digest = ContentDigest()
        digest.add("base", base.digest)
        digest.add("packages", closure.map { "\($0.name)=\($0.version)" }.joined(separator: "\n"))
        digest.add("services", recipe.services.joined(separator: " "))
        digest.add("contexts", try recipe.contextsJSON())
        // The digest leaves procedures out: the engine copies the current ones to the machines of every run.
        for part in ["build", "guest"] { try digest.add(part, tree: images.appendingPathComponent(part)) }
        for service in recipe.services { try digest.add(service, tree: images.appendingPathComponent("services/\(service)")) }
        if recipe.holdsRepository { digest.add("repository", repositoryDigest) }
        let name = digest.finalized()

        let made = try await artefact(.role(recipe.role), digest: name, isolated: true) { work, output in
            try recipe.contextsJSON().write(to: work.appendingPathComponent("context.json"), atomically: true, encoding: .utf8)
            let updates = work.appendingPathComponent("update.d")
            try FileManager.default.createDirectory(at: updates, withIntermediateDirectories: true)
            for (service, patterns) in recipe.updatePatterns {
                let text = patterns.map { "\($0)\n" }.joined()
                try text.write(to: updates.appendingPathComponent(service), atomically: true, encoding: .utf8)
            }
            for (machine, context) in recipe.contexts {
                try TemplateTree.render(
                    services: recipe.services, images: images, context: context,
                    destination: work.appendingPathComponent("rendered/\(machine)"))
            }
            var environment = [
                "REHEARSAL_WORK": work.path, "REHEARSAL_ROLE": recipe.role,
                "REHEARSAL_SERVICES": recipe.services.joined(separator: " "),
                "REHEARSAL_PACKAGES": recipe.packages.joined(separator: " "),
                "REHEARSAL_MACHINES": recipe.contexts.map(\.machine).joined(separator: " "),
                "REHEARSAL_OUTPUT": output.path, "REHEARSAL_BASE": base.archive.path,
            ]
            if recipe.holdsRepository { environment["REHEARSAL_REPOSITORY"] = repository.path }
            return ("build/build.sh", environment)
        } finish: { output in
            let raw = output.appendingPathComponent("disk.raw")
            let status = try await Tool.run(
                "qemu-img", ["convert", "-f", "raw", "-O", "qcow2", raw.path, output.appendingPathComponent("disk.qcow2").path])
            guard status.status == 0 else {
                throw ImageError(.storage, "cannot convert \(raw.path): \(status.standardError.lastLines(2))", hint: "check free space")
            }
            try FileManager.default.removeItem(at: raw)
        }
        return ImageSet.RoleImage(
            role: recipe.role, digest: name, disk: made.url.appendingPathComponent("disk.qcow2"),
            packages: try Self.readPackages(made.url.appendingPathComponent("packages.txt")), built: made.built)
    }

    /// Reads the lines of `packages.txt`: `name version architecture source`.
    static func readPackages(_ file: URL) throws -> [PackageVersion] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            return words.count >= 2 ? PackageVersion(name: String(words[0]), version: String(words[1])) : nil
        }.sorted()
    }

    // MARK: Candidate channel

    private func candidate(
        _ source: Candidate, closures: [String: [PackageVersion]]
    ) async throws -> (directory: URL, digest: String, delta: [PackageChange]) {
        let candidateArchive = PackageArchive(
            directory: cache.appendingPathComponent("apt-security"), images: images, sources: sources, suite: sources.securitySuite)
        var digest = ContentDigest()
        for (role, closure) in closures.sorted(by: { $0.key < $1.key }) {
            digest.add(role, closure.map { "\($0.name)=\($0.version)" }.joined(separator: "\n"))
        }
        for file in ["candidate.sh", "apt-context.sh", "archive.sh", "repack.sh", "bytecode.sh", "enclose.sh"] {
            try digest.add(file, tree: images.appendingPathComponent("build/\(file)"))
        }
        var environment: [String: String] = [:]
        switch source {
        case .securityUpdates:
            try await candidateArchive.refresh(force: refresh)
            digest.add("security", candidateArchive.archiveState())
            digest.add("stable", archive.archiveState())
        case .directory(let path):
            let directory = URL(fileURLWithPath: path)
            try CandidateDirectory.check(directory)
            try digest.add("directory", tree: directory)
            environment["REHEARSAL_CANDIDATE_DIR"] = directory.path
        }
        let name = digest.finalized()
        let made: URL
        do {
            made = try await candidateArtefact(name, closures: closures, environment: environment)
        } catch is ChannelsDoNotDiffer {
            throw Self.nothingToUpdate(source, held: Array(closures.values))
        }
        let delta = try Self.readDelta(made.appendingPathComponent("delta.tsv"))
        guard !delta.isEmpty else { throw Self.nothingToUpdate(source, held: Array(closures.values)) }
        var content = ContentDigest()
        for change in delta { content.add(change.name, "\(change.from ?? "") \(change.to ?? "")") }
        try content.add("pool", tree: made.appendingPathComponent("Packages"))
        return (made, content.finalized(), delta)
    }

    /// What `candidate.sh` ends with when it made a channel that changes no package.
    private static let changesNothing: Int32 = 3

    /// No package of any role would change.
    private struct ChannelsDoNotDiffer: Error {}

    private func candidateArtefact(
        _ name: String, closures: [String: [PackageVersion]], environment: [String: String]
    ) async throws -> URL {
        try await artefact(.candidate, digest: name, isolated: false) { work, output in
            var lists: [String] = []
            for (role, closure) in closures.sorted(by: { $0.key < $1.key }) {
                let list = work.appendingPathComponent("\(role).txt")
                let text = closure.map { "\($0.name) \($0.version) amd64 \($0.name)\n" }.joined()
                try text.write(to: list, atomically: true, encoding: .utf8)
                lists.append(list.path)
            }
            return (
                "build/candidate.sh",
                environment.merging([
                    "REHEARSAL_OUTPUT": output.path, "REHEARSAL_WORK": work.path,
                    "REHEARSAL_PACKAGE_LISTS": lists.joined(separator: "\n"),
                ]) { left, _ in left }
            )
        }.url
    }

    /// The error that a candidate channel changes nothing.
    ///
    /// - Parameter held: The packages that the images hold, role by role.
    static func nothingToUpdate(_ source: Candidate, held: [[PackageVersion]]) -> ImageError {
        if case .directory(let path) = source { return CandidateDirectory.nothingNewer(path, held: held) }
        return ImageError(
            .nothingToUpdate,
            "the candidate channel (\(source)) has no other version of any installed package: there is nothing to rehearse",
            hint: "after a point release the suites coincide for a while; give packages of your own with --candidate DIR")
    }

    /// Reads the lines of `delta.tsv`: `package from to source`, separated by tabs.
    static func readDelta(_ file: URL) throws -> [PackageChange] {
        Array(
            Set(
                try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
                    let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                    guard words.count >= 3 else { return nil }
                    return PackageChange(name: words[0], from: words[1], to: words[2], source: words.count > 3 ? words[3] : words[0])
                })
        ).sorted { ($0.name, $0.from ?? "") < ($1.name, $1.from ?? "") }
    }

    // MARK: One artefact

    /// What is built and kept in the cache.
    private enum Artefact: Equatable {
        case kernel, base, candidate
        /// The image of a role.
        case role(String)

        /// How it is named in the cache and in progress.
        var word: String {
            switch self {
            case .kernel: "kernel"
            case .base: "base"
            case .candidate: "candidate"
            case .role(let name): name.lowercased()
            }
        }
    }

    /// Finds `<kind>-<digest>` in the cache, or builds it.
    ///
    /// - Parameters:
    ///   - isolated: Whether the build runs in namespaces of its own (``Isolation``).
    ///   - script: Prepares the build; returns the path of the build script below `Images`, and its environment.
    ///   - finish: Completes the output before it is moved to its place.
    private func artefact(
        _ kind: Artefact, digest: String, isolated: Bool,
        script: (_ work: URL, _ output: URL) throws -> (String, [String: String]),
        finish: (_ output: URL) async throws -> Void = { _ in }
    ) async throws -> (url: URL, built: Bool) {
        let manager = FileManager.default
        let store = cache.appendingPathComponent("images")
        let place = store.appendingPathComponent("\(kind.word)-\(digest)")
        if manager.fileExists(atPath: place.path) {
            progress(.reused(kind.word, digest: digest))
            try? manager.setAttributes([.modificationDate: Date()], ofItemAtPath: place.path)
            return (place, false)
        }
        // Images hold the passwords of the services in them. A cache of an earlier version was open to everybody.
        try manager.createDirectory(at: store, withIntermediateDirectories: true)
        try manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: store.path)
        // One process at a time makes an image; another waits, and finds it made.
        let lock = try Self.lock(store.appendingPathComponent("\(kind.word)-\(digest).lock"))
        defer { withExtendedLifetime(lock) {} }
        if manager.fileExists(atPath: place.path) { return (place, false) }

        progress(.building(kind.word, digest: digest))
        let start = Date()
        let work = store.appendingPathComponent(".work-\(kind.word)-\(digest)")
        let output = work.appendingPathComponent("output")
        try await Self.remove(work)
        try manager.createDirectory(at: output, withIntermediateDirectories: true)
        let (file, more) = try script(work, output)
        let environment = ["REHEARSAL_IMAGES": images.path, "REHEARSAL_WORK": work.path]
            .merging(sources.environment) { _, new in new }.merging(more) { _, new in new }

        let logFile = store.appendingPathComponent("\(kind.word)-\(digest).log")
        let log = try LineLog(logFile)
        let prefix = isolated ? Isolation.prefix() : ("nice", ["-n", "0"])
        let status = try await Tool.stream(
            prefix.0, prefix.1 + ["bash", images.appendingPathComponent(file).path], environment: environment
        ) { line in
            log.append(line)
            if line.hasPrefix("::stage ") { progress(.stage(kind.word, String(line.dropFirst("::stage ".count)))) }
        }
        guard status == 0 else {
            let tail = log.tail(6)
            if kind == .candidate, status == Self.changesNothing { throw ChannelsDoNotDiffer() }
            if kind == .candidate, environment["REHEARSAL_CANDIDATE_DIR"] != nil {
                throw ImageError(.candidate, tail, hint: "see \(logFile.path)")
            }
            throw ImageError(.tool, "building \(kind.word) failed with status \(status): \(tail)", hint: "the whole log is \(logFile.path)")
        }
        try await finish(output)
        try manager.moveItem(at: output, to: place)
        try await Self.remove(work)
        progress(.built(kind.word, seconds: Date().timeIntervalSince(start), bytes: DiskUse.bytes(of: [place])))
        return (place, true)
    }

    private static func lock(_ file: URL) throws -> FileLock {
        do {
            return try FileLock.wait(file.path)
        } catch {
            throw ImageError(.storage, error.message, hint: "check the cache directory's owner and free space")
        }
    }

    /// Removes a build's work directory. Its files may belong to subordinate user IDs, which only root of a user namespace can remove.
    private static func remove(_ work: URL) async throws {
        guard FileManager.default.fileExists(atPath: work.path) else { return }
        let prefix = Isolation.prefix()
        _ = try await Tool.run(prefix.program, prefix.arguments + ["rm", "-rf", "--one-file-system", work.path])
    }
}
