import Foundation
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalTestbed

/// The lines of one deployment on a machine's step channel: those of every configuration that Heat has it run for it, of which there is
/// more than one after a failure or a death of Heat.
///
/// Tasks begin without being asked: what the channel holds when one is first followed may be its own.
struct DeploymentFollower {
    private var channel: StepChannel
    private var live: Bool
    private let prefix: String
    /// Whether it is a task, and not the machine's update.
    let isTask: Bool
    private var begun: Set<String> = []
    private var exits: [String: Int32] = [:]
    private var ready: [TimedStepLine] = []
    /// The identifier of the configuration that counts, once Heat has told it.
    var configuration: String?

    /// - Parameters:
    ///   - identifier: The update identifier; executions are named by it and by their configuration.
    ///   - task: The name of the task's deployment, which its executions are named by, too; nil for the machine's update.
    ///   - attach: Whether it may have begun before: then what the channel holds is read, too.
    init(channel: StepChannel, identifier: String, task: String?, attach: Bool) async throws {
        self.channel = channel
        isTask = task != nil
        prefix = "heat-\(task.map { "\($0)-" } ?? "")\(identifier)-"
        live = !attach && !isTask
        if live { try await self.channel.skip() }
    }

    private var execution: String? { configuration.map { prefix + $0 } }
    /// Whether a line of it was seen, and not yet its last.
    var isRunning: Bool { execution.map(begun.contains) == true && exit == nil }
    /// The status it ended with.
    var exit: Int32? { execution.flatMap { exits[$0] } }

    /// What its machine has said and it has not absorbed yet.
    func read() async throws -> StepChannel.Piece { try await channel.read() }

    mutating func absorb(_ piece: StepChannel.Piece, now: Timestamp) {
        for timed in channel.absorb(piece, now: now, live: live) {
            guard let execution = timed.line.execution, execution.hasPrefix(prefix) else { continue }
            begun.insert(execution)
            if case .exit(_, _, let status) = timed.line { exits[execution] = status }
            ready.append(timed)
        }
        live = true
    }

    /// A line for people, of the engine's own.
    mutating func say(_ text: String, _ call: ProcedureCall) {
        ready.append(TimedStepLine(time: HostClock.now(), line: .log(execution: call.execution, text: text), late: false))
    }

    /// The lines that came since the last call.
    mutating func take() -> [TimedStepLine] {
        defer { ready = [] }
        return ready
    }
}
