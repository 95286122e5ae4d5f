import Foundation
import Glibc
public import RehearsalHost

/// Compresses the memory that machines had at a checkpoint.
public struct CheckpointCompressor: Sendable {
    private let processes: ProcessTable

    /// - Parameter processes: Where `zstd` is run.
    public init(processes: ProcessTable) { self.processes = processes }

    /// Compresses the memory files of a checkpoint that are not compressed yet; nobody else may change the checkpoint meanwhile.
    ///
    /// The new manifest is written before the uncompressed files are removed, so that the checkpoint is whole at every instant.
    /// - Returns: Whether anything was left to do.
    /// - Throws: ``TestbedError``; the checkpoint is then as usable as before.
    @discardableResult
    public func compress(_ folder: String) async throws -> Bool {
        var checkpoint = try Checkpoint(folder: folder)
        let plain = checkpoint.machines.map(\.memory).filter { !$0.isCompressed }
        for index in checkpoint.machines.indices where !checkpoint.machines[index].memory.isCompressed {
            checkpoint.machines[index].memory = try await compress(checkpoint.machines[index].memory.name, in: folder, keeping: true)
        }
        if !plain.isEmpty { try checkpoint.write(to: folder) }
        // A process that was killed at this point has left some, too.
        for machine in checkpoint.machines { unlink("\(folder)/\(machine.specification.name).memory") }
        return !plain.isEmpty
    }

    func compress(_ name: String, in folder: String, keeping: Bool = false) async throws -> Checkpoint.File {
        let path = "\(folder)/\(name)\(Checkpoint.File.compressedEnding)"
        do {
            // Level -2 takes three fifths of the time of level 1 for files a sixth larger, of memory of these services.
            try await tool(["zstd", "--fast=2", "-q", "-f"] + (keeping ? [] : ["--rm"]) + ["\(folder)/\(name)", "-o", path])
        } catch {
            unlink(path)
            throw error
        }
        return try await Checkpoint.File(at: path)
    }

    @discardableResult
    func tool(_ argv: [String]) async throws -> String {
        let result = try await processes.run(argv, timeout: 600)
        guard result.isSuccess else {
            throw TestbedError(
                .host, "'\(argv.joined(separator: " "))' failed: \(result.standardError.trimmingCharacters(in: .whitespacesAndNewlines))",
                hint: "look at the free space there")
        }
        return result.standardOutput
    }
}
