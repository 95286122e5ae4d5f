import Foundation
import RehearsalHistory
import RehearsalImages
import RehearsalModel
import RehearsalRuns

/// What is in a folder of the cache, the longest unused first.
struct ArtefactListing: Listing, Encodable {
    struct Artefact: Encodable {
        let name: String
        let bytes: Int64
        let lastUsed: String

        enum CodingKeys: String, CodingKey {
            case name, bytes
            case lastUsed = "last_used"
        }
    }

    let artefacts: [Artefact]

    init(_ entries: [ArtefactCache.Entry]) {
        artefacts = entries.map { Artefact(name: $0.name, bytes: $0.bytes, lastUsed: $0.lastUsed.formatted(.iso8601)) }
    }

    var table: String { artefacts.map { "\($0.name)  \($0.bytes.sizeText)  last used \($0.lastUsed)\n" }.joined() }
}

/// The checkpoints of ready testbeds, and those of runs.
struct CheckpointListing: Listing, Encodable {
    struct Run: Encodable {
        struct Saved: Encodable {
            /// The step that comes next.
            let step: String
            /// Its name.
            let name: String
            let time: String

            init(_ saved: Runs.Checkpoint) {
                (step, name, time) = (saved.checkpoint.step.rawValue, saved.name, saved.checkpoint.time.iso8601)
            }
        }
        let run: String
        let bytes: Int64
        /// Oldest first; those of branches that the run has left are not among them.
        let checkpoints: [Saved]
    }

    let testbeds: ArtefactListing
    let runs: [Run]

    enum CodingKeys: String, CodingKey { case testbeds, runs }

    /// - Parameter runs: Each run that has checkpoints: its name, the bytes of all of them, and those that it can go back to.
    init(testbeds: [ArtefactCache.Entry], runs: [(name: String, bytes: Int64, saved: [Runs.Checkpoint])]) {
        self.testbeds = ArtefactListing(testbeds)
        self.runs = runs.map { run in
            Run(
                run: run.name, bytes: run.bytes,
                checkpoints: run.saved.map(Run.Saved.init))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(testbeds.artefacts, forKey: .testbeds)
        try container.encode(runs, forKey: .runs)
    }

    var table: String {
        testbeds.table + runs.map { "\($0.run)  \($0.bytes.sizeText)  \($0.checkpoints.count) to go back to\n" }.joined()
    }
}

/// What one run can go back to, oldest first.
struct RunCheckpointListing: Listing, Encodable {
    let checkpoints: [CheckpointListing.Run.Saved]

    init(_ saved: [Runs.Checkpoint]) { checkpoints = saved.map(CheckpointListing.Run.Saved.init) }

    var table: String { checkpoints.map { "\($0.time)  \($0.step) \($0.name)\n" }.joined() }
}
