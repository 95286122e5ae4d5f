public import Foundation
public import RehearsalAnalysis
import RehearsalChecks
public import RehearsalDeclaration
public import RehearsalEngine
public import RehearsalHistory
public import RehearsalImages
public import RehearsalModel
public import RehearsalStore
import RehearsalTestbed

/// What happens while a testbed is raised or a run is begun, executed, taken back or ended; in the order it happens.
public enum RunProgress: Sendable {
    /// A file of the project draws a warning.
    case warning(Diagnostic)
    /// An image is made or found.
    case image(ImageProgress)
    /// Images and channels are there, and the host was measured.
    case prepared(ImageSet, HostConditions)
    /// The plan was made, with what is to be said of its checkpoints; nothing has moved yet.
    case planned(Plan, checkpoints: String)
    /// A testbed is about to be raised or taken.
    case testbed(String)
    /// A testbed comes up; the seconds since that began.
    case raising(TestbedRaiser.Progress, seconds: Double)
    /// A testbed did not come up, or was left before it was ready; it was ended, unless it is to be kept.
    case notRaised(testbed: String, isKept: Bool)
    /// The checkpoint of a ready testbed cannot be used; its machines boot instead.
    case checkpointUnusable(String)
    /// The checkpoints of another run were removed to make room.
    case madeRoom(run: String)
    /// An old run was removed, as the setting of the state directory says.
    case removedRun(String)
    /// The testbed is gone, and the run goes back to its last checkpoint.
    case goingBack(step: StepID, reason: String)
    /// Procedures were changed since Heat was sent their text; the update of the stack was stopped and goes on with the new one.
    case proceduresChanged([String])
    /// The plan is about to be executed: what the journal holds so far, and since when the run goes on.
    case executing(run: String, plan: Plan, start: Timestamp, journal: [Event])
    /// An event was journalled.
    case event(Event)
    /// The execution is over, one way or another; what became of it follows.
    case executed
    /// The operator left the run, or stopped it at a breakpoint of a machine; it can be resumed.
    case left(run: String, testbed: String, stoppedBefore: String?)
    /// The keeper is gone, but the run has a checkpoint to go on from.
    case canGoBack(run: String)
    /// The machines are asked what they noted while the run went on.
    case gatheringFacts
    /// A machine did not tell what it noted; causes are named without it.
    case factsMissing(machine: String, reason: String)
    /// A step failed.
    case failed(step: StepID, reason: String)
    /// The run has ended and its testbed stays up.
    case kept(testbed: String)
    /// So many checkpoints of the run are about to be compressed; all else is done.
    case compressing(checkpoints: Int)
    /// The checkpoints of the run stay as large as they are.
    case notCompressed(reason: String)
}

/// Sees everything that happens; a command prints it, a live page shows it, a test remembers it.
///
/// It is called from several tasks, one call at a time for each run, and must not wait.
public protocol RunObserver: Sendable {
    /// Called for each thing that happens.
    func observe(_ progress: RunProgress)
}

/// Who drives a run: decides at breakpoints, and may leave.
public protocol RunOperator: Sendable {
    /// Who decides at breakpoints of the run in a directory.
    func gate(of run: URL) -> any BreakpointGate
    /// Does work until its end, or until the operator leaves it, which cancels the work: raising a testbed, executing a run.
    func attend<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result
}

/// Nobody is asked, and nobody leaves.
public struct Unattended: RunOperator {
    /// Makes the operator.
    public init() {}
    /// Passes every breakpoint.
    public func gate(of run: URL) -> any BreakpointGate { OpenGate() }
    /// Does the work to its end.
    public func attend<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
        try await work()
    }
}

/// Shows and writes the reports of a run that has ended, before its testbed is taken down.
public protocol RunReporter: Sendable {
    /// Reports what a run's store says.
    func report(_ analysis: RunAnalysis, of store: RunStore) throws
}

extension RunReporter {
    /// Judges a run that has ended, has it reported, and keeps the verdict in its store, which is then closed for good: one file that can
    /// be copied.
    ///
    /// - Returns: The verdict.
    public func conclude(_ store: RunStore) throws -> Verdict {
        let analysis = try RunAnalysis(store)
        if !store.isReadOnly { try store.set(.verdict, to: analysis.verdict.rawValue) }
        try report(analysis, of: store)
        if !store.isReadOnly { store.seal() }
        return analysis.verdict
    }
}
