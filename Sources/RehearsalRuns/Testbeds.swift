import Foundation
public import RehearsalEngine
public import RehearsalKeeper
import RehearsalStore
import RehearsalTestbed

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

    /// Names with files, whether or not their keeper lives.
    public func names() -> [String] { ((try? FileManager.default.contentsOfDirectory(atPath: places.testbeds.path)) ?? []).sorted() }

    /// Names whose keeper answers; files of the dead are removed on the way, except those of a run that may want its logs.
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
            for gone in names() { try? remove(gone) }
            throw RunError(.invalid, "no testbed is up", hint: "raise one with `rehearse up TOPOLOGY`")
        }
        guard up.count == 1 else {
            throw RunError(.invalid, "several testbeds are up: \(up.joined(separator: ", "))", hint: "choose one with --testbed NAME")
        }
        return try connect(only)
    }

    private func connect(_ name: String) throws -> LiveTestbed {
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
    public func end(_ name: String) async throws {
        if let live = try? connect(name) { try await live.client.end() }
        try remove(name)
    }

    /// Removes the files of a testbed whose keeper is gone.
    public func remove(_ name: String) throws {
        let directory = files(name).directory
        if (try? KeeperClient.connect(directory: directory.path)) != nil { return }
        try FileManager.default.removeItem(at: directory)
    }
}
