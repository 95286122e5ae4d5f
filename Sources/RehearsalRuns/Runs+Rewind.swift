import Foundation
import RehearsalDeclaration
import RehearsalEngine
public import RehearsalHistory
import RehearsalHost
import RehearsalImages
import RehearsalKeeper
public import RehearsalModel
import RehearsalStore
import RehearsalTestbed

/// A run goes back to a checkpoint.
extension Runs {
    /// A checkpoint of a run, with the name of the step that comes next.
    public struct Checkpoint: Sendable {
        /// What the journal says of it.
        public let checkpoint: RunState.Checkpoint
        /// The name of the step.
        public let name: String
    }

    /// What a run can go back to, oldest first.
    public func checkpoints(of run: String) throws -> [Checkpoint] {
        let store = try index.open(run)
        let names = Dictionary(try store.steps().map { ($0.id, $0.name) }) { first, _ in first }
        return try RunCheckpoints.saved(journal: store.events(), run: store.directory)
            .map { Checkpoint(checkpoint: $0.checkpoint, name: names[$0.checkpoint.step] ?? "") }
    }

    /// A run that went back.
    public struct Rewound: Sendable {
        /// Its whole name.
        public let run: String
        /// The step that comes next.
        public let step: StepID
        /// How long it took.
        public let seconds: Double
    }

    /// Takes a run and its testbed back to the checkpoint before a step, the last one if nil.
    public func rewind(_ run: String, to step: String?, in project: Project) async throws -> Rewound {
        let store = try index.open(run, readOnly: false)
        let rewinder = Rewinder(places: places, project: project, store: store, observer: observer)
        let saved = try rewinder.saved()
        guard let target = step.map({ step in saved.last { $0.checkpoint.step.rawValue == step } }) ?? saved.last else {
            let known =
                saved.isEmpty ? "it has none" : "it has those of steps \(saved.map(\.checkpoint.step.rawValue).joined(separator: ", "))"
            throw RunError(
                .invalid, "run \(run) has no checkpoint\(step.map { " of step \($0)" } ?? "")",
                hint: known + "; `rehearse run --checkpoint breakpoints` makes one at every breakpoint")
        }
        let seconds = try await rewinder.rewind(
            to: target, slowness: try store.conditions().slowness, lock: try RunLock(directory: store.directory))
        return Rewound(run: store.directory.lastPathComponent, step: target.checkpoint.step, seconds: seconds)
    }
}
