import ArgumentParser
import Foundation
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
            ["runs", "ls", "-q"], ["runs", "list", "--format", "json"], ["checkpoint", "ls", "--format", "json"],
            ["images", "ls", "--format", "json"], ["runs", "show", "latest", "--format", "json"], ["compare", "a", "--format", "json"],
            ["resume", "run-1", "-i"], ["compare", "a", "b", "--patience", "5"],
            ["run", "minor-update", "--checkpoint", "steps", "--cold"], ["rewind", "latest", "5.3.1"], ["rewind", "latest", "--list"],
            ["checkpoint", "gc", "--keep-runs-gib", "5"], ["images", "clean", "--keep-gib", "inf"],
            ["images", "clean", "--keep-gib", "1e30"],
        ])
    func understood(arguments: [String]) throws {
        _ = try Rehearse.parseAsRoot(arguments)
    }

    @Test(
        "bad usage exits with 64",
        arguments: [
            ["run"], ["frobnicate"], ["up", "ha", "--nonsense"], ["doctor", "--format", "xml"], ["run", "x", "--checkpoint", "often"],
            ["images", "clean", "--keep-gib=-1"], ["checkpoint", "gc", "--keep-runs-gib", "nan"],
            ["images", "clean", "--keep-gib", "much"],
            ["shell", "controller-0", "--timeout", "1e21"], ["shell", "controller-0", "--timeout", "inf"],
            ["record", "--probes", "x", "--for", "1e30s"],
        ])
    func refused(arguments: [String]) {
        do {
            _ = try Rehearse.parseAsRoot(arguments)
            Issue.record("\(arguments) was understood")
        } catch {
            #expect(Rehearse.exitCode(for: error).rawValue == 64)
        }
    }
}
