import Foundation
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalTestbed

/// What Heat deploys to a machine: its update, which a breakpoint guards, or a task, which begins by itself.
enum Deployment: Sendable, Equatable {
    /// The update of a machine.
    case update(machine: String)
    /// A task, by the name of its resource in the overcloud's stack.
    case task(resource: String)

    /// Its key in `UpdateTracker.servers`.
    var key: String {
        switch self {
        case .update(let machine): machine
        case .task(let resource): resource
        }
    }

    /// Whether it begins without being asked.
    var isTask: Bool {
        if case .task = self { true } else { false }
    }
}

/// The lines of one deployment on a machine's step channel: those of every configuration that Heat has it run for it, of which there is
/// more than one after a failure or a death of Heat.
///
/// Tasks begin without being asked: what the channel holds when one is first followed may be its own.
actor DeploymentFollower {
    private var channel: StepChannel
    private var live: Bool
    private let prefix: String
    private let report: @Sendable (TimedStepLine) async throws -> Void
    private var begun: Set<String> = []
    private var exits: [String: Int32] = [:]
    private var ready: [TimedStepLine] = []
    /// The identifier of the configuration that counts, once Heat has told it.
    private var configuration: String?

    /// - Parameters:
    ///   - identifier: The update identifier; executions are named by it and by their configuration.
    ///   - attach: Whether it may have begun before: then what the channel holds is read, too.
    ///   - report: Takes every line, in order.
    init(
        _ deployment: Deployment, channel: StepChannel, identifier: String, attach: Bool,
        report: @escaping @Sendable (TimedStepLine) async throws -> Void
    ) async throws {
        var channel = channel
        let live = !attach && !deployment.isTask
        if live { try await channel.skip() }
        self.channel = channel
        self.live = live
        self.report = report
        prefix =
            switch deployment {
            case .update: "heat-\(identifier)-"
            case .task(let resource): "heat-\(resource)-\(identifier)-"
            }
    }

    /// The name of the execution that counts; nil until Heat has told its configuration.
    var execution: String? { configuration.map { prefix + $0 } }
    /// Whether a line of it was seen, and not yet its last.
    var isRunning: Bool { execution.map(begun.contains) == true && exit == nil }
    /// The status it ended with; nil if it has not.
    var exit: Int32? { execution.flatMap { exits[$0] } }

    /// Sets the identifier of the configuration that counts.
    func count(_ configuration: String?) { self.configuration = configuration }

    /// Reads what the machine has said since the last time; nothing of it is reported yet.
    func read() async throws {
        let piece = try await channel.read()
        for timed in channel.absorb(piece, now: HostClock.now(), live: live) {
            guard let execution = timed.line.execution, execution.hasPrefix(prefix) else { continue }
            begun.insert(execution)
            if case .exit(_, _, let status) = timed.line { exits[execution] = status }
            ready.append(timed)
        }
        live = true
    }

    /// Reads what the machine has said since the last time, and reports all that has not been reported.
    func forward() async throws {
        try await read()
        while !ready.isEmpty { try await report(ready.removeFirst()) }
    }

    /// Puts a line of the engine's own among the machine's.
    func say(_ text: String, _ call: ProcedureCall) {
        ready.append(TimedStepLine(time: HostClock.now(), line: .log(execution: call.execution, text: text), late: false))
    }
}
