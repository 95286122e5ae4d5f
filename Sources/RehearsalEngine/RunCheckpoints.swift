public import Foundation
public import RehearsalHistory
import RehearsalHost
public import RehearsalModel
import RehearsalStore
public import RehearsalTestbed

/// The checkpoints of a run: `checkpoints` in its directory, a folder each.
public struct RunCheckpoints: Sendable {
    /// Where they are; what they hold of the machines' memory is for the owner alone.
    public let directory: URL
    /// Before which steps they are taken.
    public let policy: CheckpointPolicy
    /// What the checkpoints of one run may take on the disk while it goes on, in bytes, unless its user says otherwise: those of `ha` at its
    /// six breakpoints take about 20 GiB until they are compressed.
    public static let ceilingBytes: Int64 = 25 << 30

    /// What they may take on the disk, in bytes.
    let ceilingBytes: Int64
    /// Saves all machines into a folder.
    let take: @Sendable (_ folder: String) async throws -> Checkpoint

    /// Makes the checkpoints of a run.
    ///
    /// - Parameters:
    ///   - run: The run's directory.
    ///   - ceilingBytes: What they may take on the disk; the oldest are removed before that is exceeded.
    ///   - take: Saves all machines into a folder.
    public init(
        run: URL, policy: CheckpointPolicy, ceilingBytes: Int64 = RunCheckpoints.ceilingBytes,
        take: @escaping @Sendable (_ folder: String) async throws -> Checkpoint
    ) {
        self.ceilingBytes = ceilingBytes
        directory = RunStore.checkpoints(in: run)
        self.policy = policy
        self.take = take
    }

    /// A checkpoint that a run can go back to.
    public struct Saved: Sendable, Equatable {
        /// What the journal says of it.
        public let checkpoint: RunState.Checkpoint
        /// The folder that holds it.
        public let folder: URL
    }

    /// What the run in a directory can go back to, oldest first: the checkpoints of the branch it is on that are still there.
    public static func saved(journal: [Event], run: URL) -> [Saved] {
        RunState(journal: journal).checkpoints.compactMap { checkpoint in
            guard let files = checkpoint.files else { return nil }
            let folder = RunStore.checkpoints(in: run).appendingPathComponent(files.folder)
            guard Checkpoint.isThere(folder: folder.path) else { return nil }
            return Saved(checkpoint: checkpoint, folder: folder)
        }
    }

    /// Compresses what a run's checkpoints hold of its machines' memory.
    ///
    /// It is done after the run: while the run goes on, the compression would take processor time from the machines, and that would show
    /// as outages.
    ///
    /// - Parameter progress: Called before each checkpoint, with how many are done and how many there are.
    /// - Throws: `TestbedError`; checkpoints that are not compressed are then as usable as before.
    public static func compress(run: URL, progress: (_ done: Int, _ all: Int) -> Void) async throws {
        let directory = RunStore.checkpoints(in: run)
        let folders = ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? [])
            .map { directory.appendingPathComponent($0).path }.filter(Checkpoint.isThere(folder:)).sorted()
        let compressor = CheckpointCompressor(processes: ProcessTable())
        for (done, folder) in folders.enumerated() {
            progress(done, folders.count)
            try await compressor.compress(folder)
        }
    }

    /// Removes the oldest checkpoints until one more, as large as the largest so far, stays below the ceiling; the newest always stays.
    ///
    /// - Returns: The names of the folders that were removed.
    func thin() throws -> [String] {
        let manager = FileManager.default
        var folders = try ((try? manager.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? [])
            .filter { Checkpoint.isThere(folder: $0.path) }
            .map { (url: $0, made: try Checkpoint(folder: $0.path).stoodStillFrom) }
            .sorted { $0.made < $1.made }.map(\.url)
        let largest = folders.map { DiskUse.bytes(of: [$0]) }.max() ?? 0
        var removed: [String] = []
        while folders.count > 1, DiskUse.bytes(of: folders) + largest > ceilingBytes {
            let oldest = folders.removeFirst()
            try manager.removeItem(at: oldest)
            removed.append(oldest.lastPathComponent)
        }
        return removed
    }

    /// The folder for the next checkpoint before a step: the step's identifier, with a number behind it on a later branch.
    ///
    /// - Parameter used: The folders of all checkpoints of the run, whatever branch they were on.
    func folder(for step: StepID, except used: Set<String>) -> URL {
        var name = step.rawValue
        var number = 2
        while used.contains(name) {
            name = "\(step)-\(number)"
            number += 1
        }
        return directory.appendingPathComponent(name)
    }

    /// Saves all machines, unless an engine that was killed had them saved at or after a time.
    func save(to folder: URL, since time: Timestamp) async throws -> Checkpoint {
        if let found = try? Checkpoint(folder: folder.path) {
            if HostClock.time(ofMonotonic: found.stoodStillFrom) >= time { return found }
            // Left by an engine that was killed on a branch that the run is not on any more.
            try FileManager.default.removeItem(at: folder)
        }
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        do {
            return try await take(folder.path)
        } catch {
            // The checkpoint of an engine that was killed may have become complete while this one waited for its turn.
            if let found = try? Checkpoint(folder: folder.path) { return found }
            throw error
        }
    }
}
