public import Foundation
public import RehearsalTestbed

/// The recorder as a process of its own in the testbed's namespaces; it outlives the engine.
public struct RecorderProcess: RecorderControl {
    let client: KeeperClient
    let files: TestbedFiles
    /// The recorder's command without its options, as `["/usr/bin/rehearse", "recorder"]`.
    let command: [String]
    let log: URL

    public init(client: KeeperClient, files: TestbedFiles, command: [String], log: URL) {
        self.client = client
        self.files = files
        self.command = command
        self.log = log
    }

    public func start() async throws {
        if let pid = savedPID(), let process = try? await client.process(pid), process.running { return }
        let process = try await client.start(command + ["--configuration", files.recorderConfiguration.path], log: log.path)
        try Data("\(process.pid)\n".utf8).write(to: files.recorderProcess, options: .atomic)
    }

    public func stop() async throws {
        guard let pid = savedPID() else { return }
        try await client.endProcess(pid)
        try? FileManager.default.removeItem(at: files.recorderProcess)
    }

    /// Whether it runs.
    public func isRunning() async -> Bool {
        guard let pid = savedPID(), let process = try? await client.process(pid) else { return false }
        return process.running
    }

    private func savedPID() -> Int32? {
        (try? String(contentsOf: files.recorderProcess, encoding: .utf8)).flatMap {
            Int32($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }
}
