import ArgumentParser
import Foundation
import RehearsalDeclaration
import RehearsalEngine
import RehearsalHost
import RehearsalModel
import RehearsalStore
import RehearsalRuns
import RehearsalTesting
import Testing

@testable import RehearsalCommands

@Suite("testbeds")
struct TestbedsTests {
    @Test("a testbed that another run's engine drives is refused, and is free when that engine has ended")
    func driven() throws {
        let state = FileManager.default.temporaryDirectory.appendingPathComponent("rehearsal-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: state) }
        let testbeds = Testbeds(Places(state: state, cache: state))
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
            let refusal = #expect(throws: RunError.self) { try testbeds.requireUndriven("ha") }
            #expect(refusal?.code == .busy)
            #expect(refusal?.message.contains(run.lastPathComponent) == true)
        }
        try testbeds.requireUndriven("ha")
    }
}
