import Foundation
import RehearsalTesting
import Testing

@testable import RehearsalHost

@Suite("processes", .timeLimit(.minutes(1)))
struct ProcessTableTests {
    @Test("a program's outputs and status are values")
    func values() async throws {
        let result = try await ProcessTable().run(["sh", "-c", "cat; echo err >&2; exit 3"], input: Data("in".utf8), timeout: 30)
        #expect(result == CommandResult(status: 3, standardOutput: "in", standardError: "err\n"))
        let killed = try await ProcessTable().run(["sh", "-c", "kill -9 $$"], timeout: 30)
        #expect(killed.status == 128 + 9)
    }

    @Test("what cannot be run, or does not end, is an error that names it")
    func errors() async throws {
        let missing = await #expect(throws: HostError.self) { _ = try await ProcessTable().run(["/no/such/program"], timeout: 30) }
        #expect(missing?.code == .notFound)
        let slow = await #expect(throws: HostError.self) { _ = try await ProcessTable().run(["sleep", "30"], timeout: 0.2) }
        #expect(slow == HostError(.timeout, "command 'sleep 30' did not end in 0.2 s"))
    }

    @Test("requirements of this host are found without running anything in its place")
    func checks() async throws {
        let scratch = Scratch()
        let place = HostChecks.Place(name: "image cache", directory: scratch.url.appendingPathComponent("absent"), option: "--here")
        let checks = await HostChecks(places: [place]).all(memoryMiB: 1)
        #expect(checks.map(\.name) == ["memory", "disk (image cache)", "namespaces", "subordinate ids", "tun", "packages"])
        #expect(checks.first?.result == .ok)
        #expect(checks[1].detail.hasSuffix("GiB free in \(scratch.url.path)"))
        #expect(checks[1].cause == .input)
    }
}
