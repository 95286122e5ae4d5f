public import Foundation
import Glibc
public import RehearsalHistory
import RehearsalHost
public import RehearsalTestbed

/// The recorder as a process of its own in the testbed's namespaces; it outlives the engine.
public struct RecorderProcess: RecorderControl {
    let testbed: any Testbed
    let files: TestbedFiles
    /// The recorder's command without its options, as `["/usr/bin/rehearse", "recorder"]`.
    let command: [String]
    let log: URL

    /// Makes the recorder of a testbed.
    ///
    /// - Parameters:
    ///   - files: Where the testbed keeps its files.
    ///   - command: The recorder's command without its options.
    ///   - log: The file to which its outputs are appended.
    public init(testbed: any Testbed, files: TestbedFiles, command: [String], log: URL) {
        self.testbed = testbed
        self.files = files
        self.command = command
        self.log = log
    }

    /// Starts it unless it runs.
    public func start() async throws {
        if let pid = savedPID(), let process = try? await testbed.process(pid), process.running { return }
        let process = try await testbed.start(command + ["--configuration", files.recorderConfiguration.path], log: log.path)
        try Data("\(process.pid)\n".utf8).write(to: files.recorderProcess, options: .atomic)
        if geteuid() == 0 { raisePriority() }
    }

    /// Has the threads that ask probes go before all ordinary ones: in a user namespace not even root's recorder may ask for that itself.
    private func raisePriority() {
        let configuration = files.recorderConfiguration.path
        Task.detached {
            for _ in 0..<30 {
                try? await pause(seconds: 0.1)
                let raised = ThreadPriority.raise(processesWith: configuration, threads: ThreadPriority.recorderThread)
                if raised > 0 { return }
            }
        }
    }

    /// Ends the recorder of a run that was left in a testbed, before another run records there.
    public static func endLeft(in testbed: any Testbed, files: TestbedFiles) async throws {
        let recorder = RecorderProcess(testbed: testbed, files: files, command: [], log: files.directory)
        if await recorder.isRunning() { _ = try await recorder.stop() }
        try? FileManager.default.removeItem(at: files.recorderProcess)
    }

    /// Lets it write its last samples and stops it.
    public func stop() async throws -> RecorderEnd {
        guard let pid = savedPID() else { return .gone }
        let ended = try await testbed.endProcess(pid)
        try? FileManager.default.removeItem(at: files.recorderProcess)
        return ended.status.map(RecorderEnd.exited) ?? .gone
    }

    /// Whether it runs.
    public func isRunning() async -> Bool {
        guard let pid = savedPID(), let process = try? await testbed.process(pid) else { return false }
        return process.running
    }

    private func savedPID() -> Int32? {
        (try? String(contentsOf: files.recorderProcess, encoding: .utf8)).flatMap {
            Int32($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }
}
