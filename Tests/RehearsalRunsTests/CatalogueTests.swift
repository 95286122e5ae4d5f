import Foundation
import RehearsalEngine
import RehearsalHost
import RehearsalStore
import RehearsalTestbed
import RehearsalTesting
import Testing

@testable import RehearsalRuns

/// The testbeds of a state directory.
@Suite("catalogue of testbeds", .timeLimit(.minutes(1)))
struct CatalogueTests {
    @Test("the only one that is up is meant, or the named one")
    func chosen() async throws {
        try await FakeCloud.up { cloud in
            let testbeds = Testbeds(cloud.places)
            #expect(testbeds.up() == [FakeCloud.name])
            let chosen = try [testbeds.choose(nil).name, testbeds.choose(FakeCloud.name).name]
            #expect(chosen == [FakeCloud.name, FakeCloud.name])
            let unknown = #expect(throws: RunError.self) { _ = try testbeds.choose("other") }
            #expect(unknown?.code == .invalid)
            #expect(unknown?.hint == "up: mine")
            #expect(throws: RunError.self) { try testbeds.requireNoneUp(using: "images") }
        }
    }

    @Test("a testbed that another run's engine drives is refused, and is free when that engine has ended")
    func driven() throws {
        let scratch = Scratch()
        let testbeds = Testbeds(Places(state: scratch.url, cache: scratch.url))
        let files = testbeds.files("ha")
        try FileManager.default.createDirectory(at: files.directory, withIntermediateDirectories: true)
        try testbeds.requireUndriven("ha")

        let run = try RunIndex(stateDirectory: scratch.url).create(strategy: "rolling", at: HostClock.now()).directory
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

    @Test("what is left of one whose keeper is gone stays until it is removed, and a question names it")
    func dead() async throws {
        let scratch = Scratch()
        let testbeds = Testbeds(Places(state: scratch.url, cache: scratch.url))
        try FileManager.default.createDirectory(at: testbeds.files("dead").directory, withIntermediateDirectories: true)
        #expect(testbeds.names() == ["dead"])
        #expect(testbeds.up().isEmpty)
        let none = #expect(throws: RunError.self) { _ = try testbeds.choose(nil) }
        #expect(none?.message == "no testbed is up")
        #expect(none?.hint?.contains("what is left of dead") == true)
        #expect(testbeds.names() == ["dead"])
        try await testbeds.end("dead")
        #expect(testbeds.names().isEmpty)
        try testbeds.requireNoneUp(using: "images")
    }

    @Test("a name that is no name of a folder removes nothing", arguments: ["", ".", "..", "../runs", "a/b", "/tmp", ".hidden", "a\nb"])
    func names(name: String) async throws {
        let scratch = Scratch()
        let testbeds = Testbeds(Places(state: scratch.url, cache: scratch.url))
        let run = scratch.url.appending(path: "runs/one")
        try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(at: testbeds.files("mine").directory, withIntermediateDirectories: true)
        let refused = await #expect(throws: RunError.self) { try await testbeds.end(name) }
        #expect(refused?.code == .invalid)
        #expect(FileManager.default.fileExists(atPath: run.path) && testbeds.names() == ["mine"])
    }

    @Test("a testbed that is being raised is not removed, and not raised twice")
    func claimed() async throws {
        let scratch = Scratch()
        let testbeds = Testbeds(Places(state: scratch.url, cache: scratch.url))
        try FileManager.default.createDirectory(at: testbeds.files("mine").directory, withIntermediateDirectories: true)
        do {
            let claim = try TestbedClaim("mine", in: testbeds)
            defer { withExtendedLifetime(claim) {} }
            let second = #expect(throws: RunError.self) { _ = try TestbedClaim("mine", in: testbeds) }
            #expect(second?.code == .busy)
            #expect(throws: RunError.self) { try testbeds.remove("mine") }
            await #expect(throws: RunError.self) { try await testbeds.end("mine") }
            #expect(testbeds.names() == ["mine"])
        }
        try testbeds.remove("mine")
        #expect(testbeds.names().isEmpty)
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch.url.appending(path: "testbeds").path)
        #expect(left.isEmpty)
    }

    @Test("places that are not named follow the XDG rules; a relative one is none")
    func places() {
        let places = Places(state: "/somewhere/state", cache: nil, environment: ["XDG_CACHE_HOME": "relative", "HOME": "/home/me"])
        #expect(places.testbeds.path == "/somewhere/state/testbeds")
        #expect(places.cache.path == "/home/me/.cache/rehearsal")
    }
}
