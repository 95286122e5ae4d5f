import Foundation
import RehearsalHost
import RehearsalTestbed
import RehearsalTesting
import Testing

@testable import RehearsalEngine

@Suite("recorder process")
struct RecorderProcessTests {
    @Test("it is started once, found again by another engine, and started anew when it died")
    func lifecycle() async throws {
        let scratch = Scratch()
        let testbed = FakeHypervisor(machines: [])
        let files = TestbedFiles(directory: scratch.url)
        func recorder() -> RecorderProcess {
            RecorderProcess(
                testbed: testbed, files: files, command: ["rehearse", "recorder"], log: scratch.url.appendingPathComponent("log"))
        }
        #expect(await !recorder().isRunning())
        try await recorder().start()
        try await recorder().start()
        #expect(await recorder().isRunning())
        let process = try #require(await testbed.started().first)
        #expect(process.argv == ["rehearse", "recorder", "--configuration", files.recorderConfiguration.path])
        #expect(await testbed.started().count == 1)
        try await testbed.killProcess(process.pid)
        #expect(await !recorder().isRunning())
        try await recorder().start()
        #expect(await testbed.started().map(\.running) == [false, true])
        // That of a run that was left would go on recording for it.
        try await RecorderProcess.endLeft(in: testbed, files: files)
        #expect(await testbed.started().map(\.running) == [false, false])
        try await RecorderProcess.endLeft(in: testbed, files: files)
        try await recorder().start()
        #expect(await testbed.started().map(\.running) == [false, false, true])
        _ = try await recorder().stop()
        #expect(await testbed.started().map(\.running) == [false, false, false])
        #expect(!FileManager.default.fileExists(atPath: files.recorderProcess.path))
    }
}
