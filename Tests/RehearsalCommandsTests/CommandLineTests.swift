import RehearsalDeclaration
import RehearsalModel
import ArgumentParser
import Foundation
import RehearsalEngine
import RehearsalStore
import RehearsalTesting
import Testing

@testable import RehearsalCommands

@Suite("command line")
struct CommandLineTests {
    @Test(
        "usual command lines are understood",
        arguments: [
            ["run", "minor-update", "--strategy", "talk", "-i"], ["run", "minor-update", "--on", "ha", "--identifier", "17"],
            ["plan", "Scenarios/minor-update.yaml", "--json"], ["up", "ha", "--name", "second", "--keep"],
            ["shell", "controller-0", "--", "crm_mon", "-1"], ["down", "--all"], ["doctor", "--format", "json"],
            ["runs", "ls", "-q"], ["resume", "run-1", "-i"], ["compare", "a", "b", "--patience", "5"],
            ["run", "minor-update", "--checkpoint", "steps", "--cold"], ["rewind", "latest", "5.3.1"], ["rewind", "latest", "--list"],
            ["checkpoint", "gc", "--keep-runs-gib", "5"],
        ])
    func understood(arguments: [String]) throws {
        _ = try Rehearse.parseAsRoot(arguments)
    }

    @Test(
        "bad usage exits with 64",
        arguments: [
            ["run"], ["frobnicate"], ["up", "ha", "--nonsense"], ["doctor", "--format", "xml"], ["run", "x", "--checkpoint", "often"],
        ])
    func refused(arguments: [String]) {
        do {
            _ = try Rehearse.parseAsRoot(arguments)
            Issue.record("\(arguments) was understood")
        } catch {
            #expect(Rehearse.exitCode(for: error).rawValue == 64)
        }
    }

    @Test("update identifiers are letters, digits, - and _", arguments: ["", "a b", "x;y", String(repeating: "a", count: 65)])
    func identifiers(text: String) {
        #expect(throws: CommandFailure.self) { try Planning.checkIdentifier(text) }
    }
}

@Suite("project")
struct ProjectTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("every topology and scenario that ships can be used", arguments: ["minor-update", "talk", "smoke"])
    func shipped(scenario: String) throws {
        let declaration = try Project(root: root).scenario(scenario)
        #expect(declaration.scenario?.name == scenario)
        #expect(try !Project(root: root).procedures().isEmpty)
    }

    @Test("a name that is not there is answered with those that are")
    func unknown() throws {
        do {
            _ = try Project(root: root).scenario("minor-updat")
            Issue.record("there is no such scenario")
        } catch let error as CommandFailure {
            #expect(error.status == .usage)
            #expect(error.description.contains("known: heat, minor-update, smoke, talk"))
        }
    }

    @Test("a folder that is no project is refused")
    func elsewhere() {
        #expect(throws: CommandFailure.self) { try Project(root: URL(fileURLWithPath: "/tmp")) }
    }
}

@Suite("testbeds")
struct TestbedsTests {
    @Test("a testbed that another run's engine drives is refused, and is free when that engine has ended")
    func driven() throws {
        let state = FileManager.default.temporaryDirectory.appendingPathComponent("rehearsal-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: state) }
        let testbeds = Testbeds(directories: try Directories.parse(["--state-directory", state.path]))
        let files = testbeds.files("ha")
        try FileManager.default.createDirectory(at: files.directory, withIntermediateDirectories: true)
        try testbeds.requireUndriven("ha")

        let run = try RunIndex(stateDirectory: state).create(strategy: "rolling", at: HostClock.now()).directory
        try Data((run.lastPathComponent + "\n").utf8).write(to: files.run)
        try testbeds.requireUndriven("ha")
        do {
            let lock = try RunLock(directory: run)
            defer { withExtendedLifetime(lock) {} }
            try testbeds.requireUndriven("ha", except: run.lastPathComponent)
            let refusal = #expect(throws: CommandFailure.self) { try testbeds.requireUndriven("ha") }
            #expect(refusal?.status == .harness)
            #expect(refusal?.message.contains(run.lastPathComponent) == true)
        }
        try testbeds.requireUndriven("ha")
    }
}
