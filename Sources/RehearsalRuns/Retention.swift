public import Foundation
import RehearsalEngine
public import RehearsalModel
import RehearsalStore

/// How much of the past is kept: the setting of a state directory, in its `retention.json`.
///
/// It is applied when a run begins, and each thing that is removed is said.
public struct Retention: Codable, Sendable, Equatable {
    /// How many ended runs are kept; the oldest go first. Nil keeps all.
    public var runs: Int?
    /// What the checkpoints of all runs may take together, in bytes; the oldest runs lose theirs first. Their histories stay.
    public var checkpointBytes: Int64 = CheckpointCache.runLimitBytes
    /// What the checkpoints of one run may take while it goes on, in bytes; its oldest go first.
    public var runCheckpointBytes: Int64 = RunCheckpoints.ceilingBytes

    /// What is kept where nothing was set.
    public init() {}

    enum CodingKeys: String, CodingKey {
        case runs
        case checkpointBytes = "checkpoint_bytes"
        case runCheckpointBytes = "run_checkpoint_bytes"
    }

    /// What is left out has its default.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        runs = try values.decodeIfPresent(Int.self, forKey: .runs)
        checkpointBytes = try values.decodeIfPresent(Int64.self, forKey: .checkpointBytes) ?? checkpointBytes
        runCheckpointBytes = try values.decodeIfPresent(Int64.self, forKey: .runCheckpointBytes) ?? runCheckpointBytes
    }

    private static func file(_ state: URL) -> URL { state.appendingPathComponent("retention.json") }

    /// The setting of a state directory.
    ///
    /// - Throws: ``RunError`` when its file is there and cannot be read.
    public static func read(state: URL) throws -> Retention {
        let file = file(state)
        guard FileManager.default.fileExists(atPath: file.path) else { return Retention() }
        do {
            let retention = try JSONDecoder().decode(Retention.self, from: Data(contentsOf: file))
            guard retention.runs ?? 1 >= 1, retention.checkpointBytes >= 0, retention.runCheckpointBytes >= 0 else {
                throw RunError(.invalid, "a number in it is too small")
            }
            return retention
        } catch {
            throw RunError(
                .invalid, "the setting \(file.path) cannot be read: \(error.quoted)",
                hint: "set it anew with `rehearse runs keep`, or remove it")
        }
    }

    /// Makes this the setting of a state directory.
    public func write(state: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
            try encoder.encode(self).write(to: Self.file(state), options: .atomic)
        } catch {
            throw RunError(.trouble, "the setting cannot be written to \(Self.file(state).path): \(error.localizedDescription)")
        }
    }

    /// What is said below a plan: when machines are saved, and how much of that is kept.
    public func text(_ plan: Plan, policy: CheckpointPolicy = .breakpoints) -> String {
        let count = plan.steps.count { policy.covers($0.action.kind) }
        guard count > 0 else { return "Checkpoints: none\n" }
        let most = DurationText.number(Double(runCheckpointBytes) / Double(1 << 30))
        return "Checkpoints: \(count), at most \(most) GiB on disk; the run's oldest go first (`rehearse runs keep`)\n"
    }

    /// Removes what is not kept any more from an index of runs.
    ///
    /// - Returns: The runs that were removed, and those that lost their checkpoints.
    func apply(to index: RunIndex) throws -> (removed: [String], thinned: [String]) {
        var removed: [String] = []
        if let runs {
            let ended = try index.list().filter { $0.state == .ended }
            for run in ended.dropLast(runs) {
                try index.remove(run.identifier)
                removed.append(run.identifier)
            }
        }
        return (removed, try index.cleanCheckpoints(keepBytes: checkpointBytes))
    }
}
