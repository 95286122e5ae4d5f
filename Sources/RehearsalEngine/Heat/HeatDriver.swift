import Heat
import PlainJSON
import RehearsalHost
public import RehearsalModel
import RehearsalTestbed

/// Has the undercloud's Heat start what machines do to themselves, as the talk did.
///
/// An update of the stack sets a hook on each machine and a new update identifier. Hooks are cleared one at a time; then the machine runs
/// the configuration of its deployment and signals its exit status back.
public actor HeatDriver: StackDriver {
    private nonisolated let overcloud: Overcloud
    private let plan: Plan
    private let slowness: Double
    /// What no breakpoint guards, in the plan's order.
    private let tasks: [OvercloudTemplate.UpdateTask]
    /// The same, in the groups that Heat may run at once.
    private let taskGroups: [[OvercloudTemplate.UpdateTask]]
    /// Where each machine stands in the update that goes on; nil until Heat's events of it have been read.
    private var tracker: UpdateTracker?
    /// Begins the update again, while that goes on.
    private var restart: Task<StepResult, any Error>?
    /// How often a machine's deployment is begun when Heat itself was what failed.
    private static let tries = 3

    /// Makes a driver for a plan.
    public init(overcloud: Overcloud, plan: Plan, slowness: Double) {
        self.overcloud = overcloud
        self.plan = plan
        self.slowness = slowness
        taskGroups = overcloud.template.tasks(of: plan)
        tasks = Array(taskGroups.joined())
    }

    private func session(boundSeconds: Double) async throws -> HeatSession {
        try await HeatSession(overcloud, root: tracker?.root, deadline: HostClock.now().advanced(bySeconds: boundSeconds))
    }

    // MARK: The update of the stack

    public func preview(boundSeconds: Double) async throws -> StepResult {
        let session = try await session(boundSeconds: boundSeconds)
        let stack = try await idleStack(session)
        // One that does something has nothing to preview; the update is refused for that.
        return stack.status.isInProgress ? .done : try await preview(try request(hooks: true), on: stack, session)
    }

    /// The stack when it has ended what it does, or after a while. An update that failed a moment ago takes a while to be over on all levels.
    private func idleStack(_ session: HeatSession) async throws -> Stack {
        let soon = session.within(seconds: 5 * slowness)
        var stack = try await session.stack()
        while stack.status.isInProgress, soon.hasTime {
            try await session.untilNextQuestion()
            stack = try await session.stack()
        }
        return stack
    }

    public func begin(boundSeconds: Double, attach: Bool) async throws -> StepResult {
        let session = try await session(boundSeconds: boundSeconds)
        var stack = try await session.stack()
        if !(attach && stack.status.isInProgress) {
            stack = try await idleStack(session)
            guard !stack.status.isInProgress else {
                return .failed(
                    "the stack is \(stack.status) (\(stack.reason)), not by this run; on the undercloud, "
                        + "`openstack stack cancel --no-rollback \(session.root.name)` ends that and leaves what is done")
            }
            try await update(to: try request(hooks: true), session)
        }
        while true {
            let result = try await waitForBreakpoints(session)
            guard try await session.diedDuring(result) else { return result }
            try await update(to: try request(hooks: true), session)
        }
    }

    public func end(boundSeconds: Double) async throws -> StepResult {
        let session = try await session(boundSeconds: boundSeconds)
        try await clearAllBreakpoints(session)
        let updated = try await session.settled()
        if updated.isFailure, try await !session.diedDuring(updated) { return updated }
        // Every machine is done, so that this has nothing for them, even where Heat died before it had noted the last of them.
        while true {
            try await update(to: try request(hooks: false), session)
            let result = try await session.settled()
            guard try await session.diedDuring(result) else { return result }
        }
    }

    public func remainingHooks(boundSeconds: Double) async throws -> [String] {
        let session = try await session(boundSeconds: boundSeconds)
        return try await session.ask { try await $0.hooks(of: session.root) }
    }

    public func stop(boundSeconds: Double) async throws {
        try await stop(try await session(boundSeconds: boundSeconds))
    }

    private func stop(_ session: HeatSession) async throws {
        guard try await session.stack().status.isInProgress else { return }
        try await session.ask { try await $0.cancelWithoutRollback(session.root) }
        try await session.waitUntilIdle()
    }

    /// Stops an update that was begun with other procedures than those of now; the same update then goes on with these.
    ///
    /// The text of a procedure travels with the stack, so that a procedure which is changed after the update was begun would reach no
    /// machine. Machines that are done are sent the new text, too, find that they have recorded the update identifier, and do nothing.
    /// - Returns: The names of the procedures that were changed, sorted; none if nothing had to be stopped.
    public func stopForChangedProcedures(boundSeconds: Double) async throws -> [String] {
        let session = try await session(boundSeconds: boundSeconds)
        guard try await session.stack().status.isInProgress else { return [] }
        let now = try request(hooks: true).files
        let sent = try await session.ask { try await $0.files(of: session.root) }
        let files =
            try overcloud.template.updates(of: plan).map { (file: "\($0.key)-update.sh", procedure: $0.value.procedure) }
            + tasks.map { (file: "\($0.procedure).sh", procedure: $0.procedure) }
        let changed = Set(files.filter { sent[$0.file] != now[$0.file] }.map(\.procedure))
        guard !changed.isEmpty else { return [] }
        try await stop(session)
        return changed.sorted()
    }

    private func request(hooks: Bool) throws -> StackRequest {
        var request = try overcloud.template.request(
            identifier: plan.identifier, updates: try overcloud.template.updates(of: plan), tasks: taskGroups, leftOut: plan.leftOut,
            hooks: hooks, mayReplace: plan.mayReplace)
        request.name = nil
        return request
    }

    /// Whether an update would make another server, port or network of one that is there: the first of the talk's bugs.
    private func preview(_ request: StackRequest, on stack: Stack, _ session: HeatSession) async throws -> StepResult {
        let changes = try await session.ask { try await $0.preview(stack.reference, of: request) }
        let replaced = changes.replaced.filter { OvercloudTemplate.identities.contains($0.type) }
        guard !replaced.isEmpty else { return .done }
        let current = try await session.stack().parameters
        let changed = request.parameters.sorted { $0.key < $1.key }.compactMap { name, value -> String? in
            guard name.hasSuffix("Network") || name.hasSuffix("Addresses"), case .string(let new) = value, let old = current[name],
                old != new
            else { return nil }
            return "\(name) is \"\(old)\" and would be \"\(new)\""
        }
        let names = Dictionary(grouping: replaced, by: \.resource).map { "\($0.key) of \($0.value.count) machines" }.sorted()
        return .failed(
            "the update would replace \(names.joined(separator: ", "))" + (changed.isEmpty ? "" : ": \(changed.joined(separator: "; "))"))
    }

    private func update(to request: StackRequest, _ session: HeatSession) async throws {
        try await session.update(to: request)
        // What is known is of the update before.
        tracker = nil
    }

    /// Waits until every machine is at its breakpoint. A failure says which machine failed or did not get there.
    private func waitForBreakpoints(_ session: HeatSession) async throws -> StepResult {
        let tasks = Set(tasks.map(\.resource))
        while true {
            let tracker = try await refreshTracker(session)
            if let failed = tracker.servers.sorted(by: { $0.key < $1.key }).first(where: { $0.value.state == .failed }) {
                return .failed("\(failed.key): \(failed.value.reason)")
            }
            if tracker.status?.isFailed == true { return .failed("the stack: \(tracker.statusReason)") }
            let missing = tracker.servers.filter { $0.value.state == .notStarted && !tasks.contains($0.key) }.keys.sorted()
            if missing.isEmpty { return .done }
            guard session.hasTime else { return .failed("no breakpoint on \(missing.joined(separator: ", ")) in time") }
            try await session.untilNextQuestion()
        }
    }

    /// The states of all machines in the update that goes on, by all events of it.
    private func refreshTracker(_ session: HeatSession) async throws -> UpdateTracker {
        var tracker: UpdateTracker
        if let known = self.tracker { tracker = known } else { tracker = try await session.tracker(tasks: tasks.map(\.resource)) }
        tracker.absorb(try await session.events(for: tracker))
        self.tracker = tracker
        return tracker
    }

    /// Clears every breakpoint that is still set.
    ///
    /// An update that was restarted waits at the breakpoints of all machines once more, also of those that are done; and machines that the
    /// plan leaves alone have one, too.
    private func clearAllBreakpoints(_ session: HeatSession) async throws {
        let tracker = try await refreshTracker(session)
        for (machine, server) in tracker.servers where server.state == .onBreakpoint {
            if let place = tracker.place(of: machine) { try await session.clearBreakpoint(of: place) }
        }
    }

    // MARK: One deployment

    public func run(
        _ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void
    ) async throws -> ProcedureOutcome {
        let session = try await session(boundSeconds: call.boundSeconds)
        let deployment: Deployment =
            if let task = tasks.first(where: { $0.step == call.step }) { .task(resource: task.resource) } else {
                .update(machine: call.machine)
            }
        let machine = try await overcloud.hypervisor.machine(named: call.machine)
        var channel = StepChannel(source: try await machine.openSteps())
        if call.attach || deployment.isTask { await channel.measureClock(machine.shell, slowness: slowness) }
        let follower = try await DeploymentFollower(
            deployment, channel: channel, identifier: plan.identifier, attach: call.attach, report: report)
        var (tries, isFirst) = (0, !call.failedBefore)
        while true {
            let restarted = try await restartUpdateIfOver(before: deployment, isFirst: isFirst, session)
            if restarted.isFailure { await follower.say("Heat: \(restarted.text)", call) }
            // Each question costs the emulated undercloud about a second: this is where the machine stood when Heat was last asked.
            if let tracker, tracker.servers[deployment.key]?.state == .onBreakpoint, let place = tracker.place(of: deployment.key) {
                try await session.clearBreakpoint(of: place)
                await overcloud.wake(call.machine)
            }
            switch try await follow(deployment, follower, session) {
            case .ended(let status): return .finished(status: status)
            case .timedOut:
                guard let execution = await follower.execution else { return .timedOut(isStopped: false) }
                return .timedOut(isStopped: await machine.shell.stopProcedure(execution, slowness: slowness))
            case .heatFailed(let why):
                isFirst = false
                if try await !session.diedDuring(.failed(why)) { tries += 1 }
                await follower.say("Heat: \(why)" + (tries < Self.tries ? "; going on with the same update" : ""), call)
                try await follower.forward()
                if tries == Self.tries { return .finished(status: 70) }
            }
        }
    }

    /// Whether a deployment will not come, because the update of the stack is over without it.
    private func isOver(before deployment: Deployment, isFirst: Bool, _ session: HeatSession) async throws -> Bool {
        switch try await refreshTracker(session).servers[deployment.key]?.state {
        // A task starts by itself. One that has failed by the time it is first followed is reported as failed.
        case .failed: return !(deployment.isTask && isFirst)
        case .completed: return false
        default:
            let status = try await session.stack().status
            // Tasks that an earlier update of the same content has done get no event in this one: a complete stack means they are done.
            return !status.isInProgress && !(deployment.isTask && status.isComplete)
        }
    }

    /// Begins the same update again if it is over before a deployment: it failed, was stopped at a breakpoint, or Heat died. It then goes
    /// on with what is left.
    ///
    /// - Returns: A failure says why the deployment failed once more on the way to its breakpoint.
    private func restartUpdateIfOver(before deployment: Deployment, isFirst: Bool, _ session: HeatSession) async throws -> StepResult {
        // Deployments that are followed at once find together that the update is over; one of them begins it again.
        while let restart { _ = await restart.result }
        let task = Task {
            defer { restart = nil }
            guard try await isOver(before: deployment, isFirst: isFirst, session) else { return StepResult.done }
            try await update(to: try request(hooks: true), session)
            let result = try await waitForBreakpoints(session)
            // Tasks come after all machines, which have been updated by then: their breakpoints have nothing to guard any more.
            if deployment.isTask { try await clearAllBreakpoints(session) }
            return tracker?.servers[deployment.key]?.state == .failed ? result : .done
        }
        restart = task
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// How following a deployment ended.
    private enum Followed {
        case ended(status: Int32)
        case timedOut
        /// The machine did its part or may yet, but Heat's update is over.
        case heatFailed(String)
    }

    /// Follows one deployment: what its machine says is handed on as it comes, while Heat is asked, which may not answer for a while.
    private func follow(_ deployment: Deployment, _ follower: DeploymentFollower, _ session: HeatSession) async throws -> Followed {
        let result: Followed = try await withThrowingTaskGroup(of: Followed.self) { group in
            group.addTask {
                while true {
                    try await follower.forward()
                    try await pause(seconds: StepChannel.period)
                }
            }
            group.addTask { try await self.waitForEnd(of: deployment, follower, session) }
            defer { group.cancelAll() }
            // Only the end of it ends without an error.
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
        try await follower.forward()
        return result
    }

    /// Waits for the end of a deployment, and asks Heat only while there is something to learn from it.
    private func waitForEnd(of deployment: Deployment, _ follower: DeploymentFollower, _ session: HeatSession) async throws -> Followed {
        var nextQuestion = HostClock.now()
        while true {
            let now = HostClock.now()
            if now >= nextQuestion {
                if let end = try await askForEnd(of: deployment, follower, session) { return end }
                // While it runs, only the end of it is news, and the channel tells; Heat is asked in case the channel does not.
                let period = overcloud.questionPeriod * (await follower.isRunning ? 10 : 1)
                nextQuestion = HostClock.now().advanced(bySeconds: period)
            }
            if await follower.exit != nil {
                nextQuestion = min(nextQuestion, HostClock.now().advanced(bySeconds: overcloud.endPeriod))
            }
            if now > session.deadline { return .timedOut }
            try await pause(seconds: StepChannel.period)
        }
    }

    /// What Heat and the machine say of the end of a deployment; nil if it has not ended.
    private func askForEnd(of deployment: Deployment, _ follower: DeploymentFollower, _ session: HeatSession) async throws -> Followed? {
        let server = try await refreshTracker(session).servers[deployment.key]
        if let identifier = server?.deployment, server?.hasRun == true {
            await follower.count(try await session.configuration(of: identifier))
        }
        try await follower.read()
        switch server?.state {
        case .completed:
            return .ended(status: 0)
        case .failed:
            if let status = await follower.exit, status != 0 { return .ended(status: status) }
            if let status = try await session.signalledStatus(of: server?.deployment), status != 0 { return .ended(status: status) }
            return .heatFailed(server?.reason ?? "failed")
        default:
            let stack = try await session.stack()
            if deployment.isTask, stack.status.isComplete { return .ended(status: 0) }
            return stack.status.isInProgress ? nil : .heatFailed("the update of the stack is over: \(stack.reason)")
        }
    }
}
