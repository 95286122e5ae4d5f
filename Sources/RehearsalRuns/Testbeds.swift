import Foundation
import RehearsalEngine
import RehearsalHost
public import RehearsalKeeper
import RehearsalStore
public import RehearsalTestbed

/// A testbed whose keeper answers.
public struct LiveTestbed: Sendable {
    /// Its name.
    public let name: String
    /// Where its files are.
    public let files: TestbedFiles
    /// Whom to ask about it.
    public let client: KeeperClient
}

/// The testbeds of a state directory, by name.
public struct Testbeds: Sendable {
    let places: Places

    /// Names the places.
    public init(_ places: Places) { self.places = places }

    /// Where the files of a testbed are, whether or not it is there.
    public func files(_ name: String) -> TestbedFiles { TestbedFiles(directory: places.testbeds.appendingPathComponent(name)) }

    /// Refuses what cannot be the name of a testbed. It names a folder, and nothing beside that folder may ever be removed.
    ///
    /// - Throws: ``RunError``.
    static func check(_ name: String) throws {
        guard name.count <= 100, name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil else {
            throw RunError(
                .invalid, "a testbed cannot be named '\(name)'",
                hint: "at most 100 letters, digits, dots, hyphens and underscores, a letter or a digit first")
        }
    }

    /// Names with files, whether or not their keeper lives.
    public func names() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: places.testbeds.path)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }

    /// Names whose keeper answers.
    public func up() -> [String] {
        names().filter { name in (try? KeeperClient.connect(directory: files(name).directory.path)) != nil }
    }

    /// The testbed that a command means: the named one, or the only one.
    public func choose(_ name: String?) throws -> LiveTestbed {
        let up = self.up()
        if let name {
            guard names().contains(name) else {
                throw RunError(
                    .invalid, "there is no testbed \(name)", hint: up.isEmpty ? "none is up" : "up: \(up.joined(separator: ", "))")
            }
            return try connect(name)
        }
        guard let only = up.first else {
            let dead = names()
            let more = dead.isEmpty ? "" : "; `rehearse down --all` removes what is left of \(dead.joined(separator: ", "))"
            throw RunError(.invalid, "no testbed is up", hint: "raise one with `rehearse up TOPOLOGY`" + more)
        }
        guard up.count == 1 else {
            throw RunError(.invalid, "several testbeds are up: \(up.joined(separator: ", "))", hint: "choose one with --testbed NAME")
        }
        return try connect(only)
    }

    func connect(_ name: String) throws -> LiveTestbed {
        let files = files(name)
        return LiveTestbed(name: name, files: files, client: try KeeperClient.connect(directory: files.directory.path))
    }

    /// The testbed of that name, if no engine drives it.
    public func chooseUndriven(_ name: String) throws -> LiveTestbed {
        let chosen = try choose(name)
        try requireUndriven(name)
        return chosen
    }

    /// Makes sure that no engine drives a testbed for another run: two of them would stop each other's clusters.
    ///
    /// - Throws: ``RunError`` that names the other run.
    public func requireUndriven(_ name: String, except run: String? = nil) throws {
        guard let driver = files(name).readRun(), driver != run,
            RunLock.isHeld(directory: RunIndex(stateDirectory: places.state).runsDirectory.appendingPathComponent(driver))
        else { return }
        throw RunError(
            .busy, "testbed \(name) is being updated: an engine drives run \(driver) on it",
            hint: "wait for it to end, or leave it there with C-c")
    }

    /// Makes sure that no machine's disk is an overlay on what is about to be removed.
    public func requireNoneUp(using what: String) throws {
        guard up().isEmpty else { throw RunError(.invalid, "a testbed is up and uses \(what)", hint: "take it down first") }
    }

    /// Ends a testbed, if its keeper answers, and removes its files.
    ///
    /// - Throws: ``RunError`` when another process raises or removes it.
    public func end(_ name: String) async throws {
        let claim = try TestbedClaim(name, in: self)
        defer { withExtendedLifetime(claim) {} }
        if let live = try? connect(name) { try await live.client.end() }
        try removeFiles(name)
    }

    /// Removes the files of a testbed whose keeper is gone.
    ///
    /// - Throws: ``RunError`` when another process raises or removes it.
    public func remove(_ name: String) throws {
        let claim = try TestbedClaim(name, in: self)
        try withExtendedLifetime(claim) { try removeFiles(name) }
    }

    /// Removes the files of a testbed that has no keeper; for a holder of the ``TestbedClaim``.
    func removeFiles(_ name: String) throws {
        let directory = files(name).directory
        guard FileManager.default.fileExists(atPath: directory.path), !FileLock.isHeld(directory.path + "/" + KeeperFiles.lock),
            (try? connect(name)) == nil
        else { return }
        try FileManager.default.removeItem(at: directory)
    }
}

/// The right to raise a testbed of a name, to begin a run on it, or to end and remove it; held by one process at a time, as long as the
/// value lives. Once a run is begun, its own lock keeps others from driving its testbed (``Testbeds/requireUndriven(_:except:)``).
final class TestbedClaim: Sendable {
    private let lock: FileLock
    private let path: String

    /// Claims a name.
    ///
    /// - Throws: ``RunError`` when the name cannot be one, or another process has the claim.
    init(_ name: String, in testbeds: Testbeds) throws {
        try Testbeds.check(name)
        let folder = testbeds.places.testbeds
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        path = folder.appendingPathComponent(".\(name).lock").path
        lock = try Self.take(path, name)
    }

    /// The file goes before the lock does, so that no second holder can be left with one that nobody finds.
    deinit { _ = try? FileManager.default.removeItem(atPath: path) }

    private static func take(_ path: String, _ name: String) throws -> FileLock {
        while true {
            guard let lock = try FileLock.take(path, permissions: 0o600) else {
                throw RunError(
                    .busy, "testbed \(name) is being raised, removed or taken for a run by another command",
                    hint: "wait until that has ended, or end it with C-c")
            }
            // A file that its holder has removed meanwhile is nobody's claim any more.
            if lock.isReachable { return lock }
        }
    }
}
