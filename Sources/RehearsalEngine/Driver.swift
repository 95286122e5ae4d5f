import Foundation
import RehearsalHost
public import RehearsalModel
public import RehearsalTestbed
import Synchronization

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
    /// The names of sub-steps that it leaves out.
    public var leftOut: [String] = []
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
    /// It did not end within its bound. Unless it could be stopped it may still be at work on the machine.
    case timedOut(isStopped: Bool)
    /// It could not begin, or has gone without an end; the text says why.
    case lost(String)
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
    let statusPeriod: Double

    /// Makes a driver.
    ///
    /// - Parameter slowness: How much slower guests run than the host (at least 1); multiplies every bound inside procedures.
    public init(hypervisor: any Hypervisor, slowness: Double) { self.init(hypervisor: hypervisor, slowness: slowness, statusPeriod: 15) }

    init(hypervisor: any Hypervisor, slowness: Double, statusPeriod: Double) {
        self.hypervisor = hypervisor
        self.slowness = slowness
        self.statusPeriod = statusPeriod
    }

    /// Runs a procedure to its end, handing over what it reports as it comes.
    ///
    /// - Throws: `TestbedError` with code `not-found` for a machine that the testbed does not have.
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
        let start: CommandResult
        do {
            start = try await begin(call, shell)
        } catch let error as TestbedError where [.guestAgent, .timeout].contains(error.code) {
            return .lost("procedure \(call.name) cannot begin on \(call.machine), because its guest agent does not answer: \(error.quoted)")
        }
        guard start.isSuccess else {
            let said = start.standardError.printable.trimmingCharacters(in: .whitespacesAndNewlines).suffix(300)
            return .lost("procedure \(call.name) cannot begin on \(call.machine): status \(start.status): \(said)")
        }
        // The machine is asked beside the reading, because its agent may not answer for minutes, and lines are stamped as they are read.
        let ended = Mutex<ProcedureOutcome?>(nil)
        let asking = Task {
            let outcome = try await askForEnd(of: call, shell)
            ended.withLock { $0 = outcome }
        }
        defer { asking.cancel() }
        var live = !call.attach
        while true {
            let outcome = ended.withLock { $0 }
            var exit: Int32?
            for timed in try await channel.poll(live: live) where timed.line.execution == call.execution {
                try await report(timed)
                if case .exit(_, _, let status) = timed.line { exit = status }
            }
            live = true
            if let exit { return .finished(status: exit) }
            if let outcome { return outcome }
            if HostClock.now().seconds(since: started) > call.boundSeconds {
                return .timedOut(isStopped: await shell.stopProcedure(call.execution, slowness: slowness))
            }
            try await pause(seconds: StepChannel.period)
        }
    }

    /// Has a machine begin an execution. An answer that was lost is asked for again: the same execution is never begun twice.
    private func begin(_ call: ProcedureCall, _ shell: any GuestShell) async throws -> CommandResult {
        let leftOut = call.leftOut.isEmpty ? [] : ["REHEARSAL_LEFT_OUT=\(call.leftOut.joined(separator: " "))"]
        let argv =
            ["/usr/bin/env", "REHEARSAL_SCALE=\(Int(slowness.rounded(.up)))"] + leftOut
            + [GuestProgram.runProcedure, call.execution, call.name] + call.arguments
        do {
            return try await shell.execute(argv, timeout: 30 + 6 * slowness)
        } catch let error as TestbedError where error.code == .guestAgent {
            return try await shell.execute(argv, timeout: 30 + 6 * slowness)
        }
    }

    /// Waits until the machine has the status of an execution, or neither that nor its unit any more.
    private func askForEnd(of call: ProcedureCall, _ shell: any GuestShell) async throws -> ProcedureOutcome {
        var timesLost = 0
        while true {
            for _ in 0..<2 {
                try await pause(seconds: statusPeriod)
                if let text = try? await shell.read("/var/lib/rehearsal/executions/\(call.execution)/status"),
                    let status = Int32(String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
                {
                    return .finished(status: status)
                }
            }
            let state = try? await shell.execute([GuestProgram.runProcedure, "--state", call.execution], timeout: 30 + 6 * slowness)
            // Between the end of the unit's processes and its status there is a moment without either.
            timesLost = state?.standardOutput.printable.hasPrefix("lost") == true ? timesLost + 1 : 0
            if timesLost == 2 { return .lost("the unit of procedure \(call.name) is gone from \(call.machine) and has left no status") }
        }
    }
}

/// Programs of ours in guests, by their paths.
enum GuestProgram {
    /// Starts, stops and looks after executions of procedures (docs/procedures.md).
    static let runProcedure = "/usr/lib/rehearsal/run-procedure"
}

extension GuestShell {
    /// Stops an execution that is past its bound, with all its processes.
    ///
    /// - Returns: Whether it has ended.
    func stopProcedure(_ execution: String, slowness: Double) async -> Bool {
        (try? await execute([GuestProgram.runProcedure, "--stop", execution], timeout: 60 + 6 * slowness))?.isSuccess == true
    }
}
