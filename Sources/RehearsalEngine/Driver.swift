import Foundation
import RehearsalHost
public import RehearsalModel
public import RehearsalTestbed

/// One execution of a procedure on a machine.
public struct ProcedureCall: Sendable, Equatable {
    /// The step of the plan that it is.
    public var step: StepID
    /// Names the execution in the guest: the same name is never started twice.
    public var execution: String
    /// The procedure's name.
    public var name: String
    /// What the procedure is given.
    public var arguments: [String]
    /// The machine it runs on.
    public var machine: String
    /// The bound on its whole time, in seconds of this host.
    public var boundSeconds: Double
    /// Whether an engine before this one may have started it already.
    public var attach: Bool
    /// Whether the step failed before. What a run left behind by going back does not count.
    public var failedBefore: Bool
}

/// How an execution ended.
public enum ProcedureOutcome: Sendable, Equatable {
    /// It ended with a status.
    case finished(status: Int32)
    /// It did not end within its bound; it may still be at work on the machine.
    case timedOut
}

/// Starts what machines do to themselves.
public protocol Driver: Sendable {
    /// Runs a procedure to its end, handing over what it reports as it comes.
    func run(
        _ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void
    ) async throws -> ProcedureOutcome
}

/// Starts procedures over the guest agent, and follows them over the step channel; the tested network is not involved.
///
/// In the guest the procedure runs as a unit of its own, so it survives the death of the engine, and a restart of the guest agent
/// by the very update it drives.
public struct AgentDriver: Driver {
    let hypervisor: any Hypervisor
    /// Multiplies every bound inside procedures; handed to them as `REHEARSAL_SCALE`.
    let slowness: Double

    /// Seconds between looks at the execution's status file, in case the channel lost its last line.
    static let statusPeriod = 15.0

    /// Makes a driver.
    ///
    /// - Parameter slowness: How much slower guests run than the host (at least 1); multiplies every bound inside procedures.
    public init(hypervisor: any Hypervisor, slowness: Double) {
        self.hypervisor = hypervisor
        self.slowness = slowness
    }

    /// Runs a procedure to its end, handing over what it reports as it comes.
    ///
    /// - Throws: ``EngineError`` if it cannot be started, `TestbedError` with code `not-found` for a machine that the testbed does not have.
    public func run(
        _ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void
    ) async throws -> ProcedureOutcome {
        let machine = try await hypervisor.machine(named: call.machine)
        let shell = machine.shell
        var channel = StepChannel(source: try await machine.openSteps())
        if call.attach {
            await channel.measureClock(shell, slowness: slowness)
        } else {
            try await channel.skip()
        }
        let started = HostClock.now()
        let start = try await shell.execute(
            [
                "/usr/bin/env", "REHEARSAL_SCALE=\(Int(slowness.rounded(.up)))", "/usr/lib/rehearsal/run-procedure", call.execution,
                call.name,
            ]
                + call.arguments, timeout: 30 + 6 * slowness)
        guard start.isSuccess else {
            throw EngineError(
                .machineUnreachable,
                "cannot start procedure \(call.name) on \(call.machine): status \(start.status): \(start.standardError.suffix(300))",
                hint: "look at `rehearse console \(call.machine)`")
        }
        var live = !call.attach
        var nextStatus = started.advanced(bySeconds: Self.statusPeriod)
        while true {
            var exit: Int32?
            for timed in try await channel.poll(live: live) where timed.line.execution == call.execution {
                try await report(timed)
                if case .exit(_, _, let status) = timed.line { exit = status }
            }
            live = true
            if let exit { return .finished(status: exit) }
            let now = HostClock.now()
            if now > nextStatus {
                nextStatus = now.advanced(bySeconds: Self.statusPeriod)
                if let text = try? await shell.read("/var/lib/rehearsal/executions/\(call.execution)/status"),
                    let status = Int32(String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
                {
                    return .finished(status: status)
                }
            }
            if now.seconds(since: started) > call.boundSeconds { return .timedOut }
            try await pause(seconds: StepChannel.period)
        }
    }
}
