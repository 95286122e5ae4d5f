import Foundation
import RehearsalEngine
import RehearsalKeeper
import RehearsalStore
import RehearsalTestbed

/// The testbeds of a state directory, by name.
struct Testbeds {
    let directories: Directories

    func files(_ name: String) -> TestbedFiles { TestbedFiles(directory: directories.testbeds.appendingPathComponent(name)) }

    /// Names with files, whether or not their keeper lives.
    func names() -> [String] { ((try? FileManager.default.contentsOfDirectory(atPath: directories.testbeds.path)) ?? []).sorted() }

    /// Names whose keeper answers; files of the dead are removed on the way, except those of a run that may want its logs.
    func up() -> [String] {
        names().filter { name in (try? KeeperClient.connect(directory: files(name).directory.path)) != nil }
    }

    /// The testbed that a command means: the named one, or the only one.
    func choose(_ name: String?) throws -> (name: String, files: TestbedFiles, client: KeeperClient) {
        let up = self.up()
        if let name {
            let files = self.files(name)
            guard names().contains(name) else {
                throw CommandFailure(
                    .usage, "there is no testbed \(name)", hint: up.isEmpty ? "none is up" : "up: \(up.joined(separator: ", "))")
            }
            return (name, files, try KeeperClient.connect(directory: files.directory.path))
        }
        guard let only = up.first else {
            for gone in names() { try? remove(gone) }
            throw CommandFailure(.usage, "no testbed is up", hint: "raise one with `rehearse up TOPOLOGY`")
        }
        guard up.count == 1 else {
            throw CommandFailure(.usage, "several testbeds are up: \(up.joined(separator: ", "))", hint: "choose one with --testbed NAME")
        }
        return (only, files(only), try KeeperClient.connect(directory: files(only).directory.path))
    }

    /// The testbed of that name, if no engine drives it.
    func chooseUndriven(_ name: String) throws -> (files: TestbedFiles, client: KeeperClient) {
        let chosen = try choose(name)
        try requireUndriven(name)
        return (chosen.files, chosen.client)
    }

    /// Makes sure that no engine drives a testbed for another run: two of them would stop each other's clusters.
    ///
    /// - Throws: ``CommandFailure`` that names the other run.
    func requireUndriven(_ name: String, except run: String? = nil) throws {
        guard let driver = files(name).readRun(), driver != run,
            RunLock.isHeld(directory: RunIndex(stateDirectory: directories.state).runsDirectory.appendingPathComponent(driver))
        else { return }
        throw CommandFailure(
            .harness, "testbed \(name) is being updated: an engine drives run \(driver) on it",
            hint: "wait for it to end, or leave it there with C-c")
    }

    /// Makes sure that no machine's disk is an overlay on what is about to be removed.
    func requireNoneUp(using what: String) throws {
        guard up().isEmpty else { throw CommandFailure(.usage, "a testbed is up and uses \(what)", hint: "take it down first") }
    }

    /// Removes the files of a testbed whose keeper is gone.
    func remove(_ name: String) throws {
        let directory = files(name).directory
        if (try? KeeperClient.connect(directory: directory.path)) != nil { return }
        try FileManager.default.removeItem(at: directory)
    }
}
