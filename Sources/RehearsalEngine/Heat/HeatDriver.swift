import Foundation
import Heat
import PlainJSON
import RehearsalHost
public import RehearsalModel
import RehearsalTestbed

/// A driver whose procedures are part of one update of a stack, which is begun before the first and ended after the last of them.
public protocol StackDriver: Driver {
    /// Begins the update: every machine waits at its breakpoint when it returns.
    ///
    /// - Parameter attach: True when an engine before this one may have begun it already.
    /// - Returns: A failure says why the update was refused or did not get there.
    func begin(boundSeconds: Double, attach: Bool) async throws -> StepResult
    /// Waits until the whole stack has been updated, and takes the breakpoints out of its environment.
    ///
    /// - Returns: A failure says why it was not.
    func end(boundSeconds: Double) async throws -> StepResult
    /// Stops the update where it is, so that the same update can go on with what is left; nothing is rolled back.
    func stop(boundSeconds: Double) async throws
}

/// Has the undercloud's Heat start what machines do to themselves, as the talk did: an update of the stack sets a hook on each machine and
/// a new update identifier, hooks are cleared one at a time, and the machine runs the configuration of its deployment and signals back.
public actor HeatDriver: StackDriver {
    private nonisolated let overcloud: Overcloud
    private let plan: Plan
    private let slowness: Double
    /// What no breakpoint guards, in the plan's order.
    private let tasks: [[OvercloudTemplate.UpdateTask]]
    private var tracker: UpdateTracker?
    /// Place of a deployment that is followed to what its machine says of it.
    private var followers: [String: DeploymentFollower] = [:]
    /// Whether one of those that are followed begins the update again.
    private var isRestarting = false
    /// How often a machine's deployment is begun when Heat itself was what failed.
    private static let tries = 3

    /// Makes a driver for a plan.
    public init(overcloud: Overcloud, plan: Plan, slowness: Double) {
        self.overcloud = overcloud
        self.plan = plan
        self.slowness = slowness
        tasks = overcloud.template.tasks(of: plan)
    }

    private nonisolated var client: HeatClient { overcloud.client }

    // MARK: The update of the stack

    public func begin(boundSeconds: Double, attach: Bool) async throws -> StepResult {
        let deadline = HostClock.now().advanced(bySeconds: boundSeconds)
        let root = try await root(deadline)
        var stack = try await stack(root, deadline)
        if !(attach && stack.status.isInProgress) {
            // An update that failed a moment ago takes a while to be over on all levels.
            let soon = min(deadline, HostClock.now().advanced(bySeconds: 5 * slowness))
            while stack.status.isInProgress, HostClock.now() < soon {
                try await pause(seconds: overcloud.questionPeriod)
                stack = try await self.stack(root, deadline)
            }
            guard !stack.status.isInProgress else {
                return .failed(
                    "the stack is \(stack.status) (\(stack.reason)), not by this run; on the undercloud, "
                        + "`openstack stack cancel --no-rollback \(root.name)` ends that and leaves what is done")
            }
            let request = try request(hooks: true)
            if let refusal = try await refusal(of: request, on: stack, deadline) { return .failed(refusal) }
            try await start(request, root, deadline)
        }
        while true {
            guard let why = try await waitForBreakpoints(root, deadline) else { return .done }
            guard try await heatDied(why, root, deadline) else { return .failed(why) }
            try await start(try request(hooks: true), root, deadline)
        }
    }

    public func end(boundSeconds: Double) async throws -> StepResult {
        let deadline = HostClock.now().advanced(bySeconds: boundSeconds)
        let root = try await root(deadline)
        try await clearAll(root, deadline)
        if let why = try await settled(root, deadline), try await !heatDied(why, root, deadline) { return .failed(why) }
        // Every machine is done, so that this has nothing for them, even where Heat died before it had noted the last of them.
        while true {
            try await start(try request(hooks: false), root, deadline)
            guard let why = try await settled(root, deadline) else { return .done }
            guard try await heatDied(why, root, deadline) else { return .failed(why) }
        }
    }

    public func stop(boundSeconds: Double) async throws {
        let deadline = HostClock.now().advanced(bySeconds: boundSeconds)
        let root = try await root(deadline)
        guard try await stack(root, deadline).status.isInProgress else { return }
        try await retryingWhileUnreachable(until: deadline) { try await self.client.cancelWithoutRollback(root) }
        try await waitUntilIdle(deadline)
    }

    /// Stops an update that was begun with other procedures than those of now; the same update then goes on with these.
    ///
    /// The text of a procedure travels with the stack, so that a procedure which is changed after the update was begun would reach no
    /// machine. Machines that are done are sent the new text, too, find that they have recorded the update identifier, and do nothing.
    /// - Returns: The names of the procedures that were changed, sorted; none if nothing had to be stopped.
    public func stopForChangedProcedures(boundSeconds: Double) async throws -> [String] {
        let deadline = HostClock.now().advanced(bySeconds: boundSeconds)
        let root = try await root(deadline)
        guard try await stack(root, deadline).status.isInProgress else { return [] }
        let now = try request(hooks: true).files
        let sent = try await retryingWhileUnreachable(until: deadline) { try await self.client.files(of: root) }
        var changed: Set<String> = []
        for (role, update) in try overcloud.template.updates(of: plan) where sent["\(role)-update.sh"] != now["\(role)-update.sh"] {
            changed.insert(update.procedure)
        }
        for task in tasks.joined() where sent["\(task.procedure).sh"] != now["\(task.procedure).sh"] { changed.insert(task.procedure) }
        guard !changed.isEmpty else { return [] }
        try await stop(boundSeconds: deadline.seconds(since: HostClock.now()))
        return changed.sorted()
    }

    private func request(hooks: Bool) throws -> StackRequest {
        var request = try overcloud.template.request(
            identifier: plan.identifier, updates: try overcloud.template.updates(of: plan), tasks: tasks, hooks: hooks)
        request.name = nil
        return request
    }

    private func root(_ deadline: Timestamp) async throws -> StackReference {
        if let tracker { return tracker.root }
        guard
            let stack = try await retryingWhileUnreachable(
                until: deadline, { try await self.client.stack(named: OvercloudTemplate.stackName) })
        else {
            throw EngineError(.testbed, "there is no stack \(OvercloudTemplate.stackName)", hint: "raise the testbed anew: `rehearse up`")
        }
        return stack.reference
    }

    /// Why an update may not begin: it would make another server, port or network of one that is there (the first of the talk's bugs).
    private func refusal(of request: StackRequest, on stack: Stack, _ deadline: Timestamp) async throws -> String? {
        let changes = try await retryingWhileUnreachable(until: deadline) { try await self.client.preview(stack.reference, of: request) }
        let replaced = changes.replaced.filter { OvercloudTemplate.identities.contains($0.type) }
        guard !replaced.isEmpty else { return nil }
        let current = try await self.stack(stack.reference, deadline).parameters
        let changed = request.parameters.sorted { $0.key < $1.key }.compactMap { name, value -> String? in
            guard name.hasSuffix("Network") || name.hasSuffix("Addresses"), case .string(let new) = value, let old = current[name],
                old != new
            else { return nil }
            return "\(name) is \"\(old)\" and would be \"\(new)\""
        }
        let names = Dictionary(grouping: replaced, by: \.resource).map { "\($0.key) of \($0.value.count) machines" }.sorted()
        return "the update would replace \(names.joined(separator: ", "))" + (changed.isEmpty ? "" : ": \(changed.joined(separator: "; "))")
    }

    /// Asks for an update as soon as nothing else is in progress.
    private func start(_ request: StackRequest, _ root: StackReference, _ deadline: Timestamp) async throws {
        try await waitUntilIdle(deadline)
        // Events have whole seconds: those of what was before must not look as if they were of this update.
        try await pause(seconds: 2)
        while true {
            do {
                try await client.update(root, to: request)
                tracker = nil
                return
            } catch let error as HeatError where [.actionInProgress, .unreachable].contains(error.code) && HostClock.now() < deadline {
                // What Heat took in before it died it ends as failed when it is back; then the same is asked for again.
                try await pause(seconds: overcloud.questionPeriod)
            }
        }
    }

    /// Waits until no stack, nested or not, is in progress.
    private func waitUntilIdle(_ deadline: Timestamp) async throws {
        while true {
            let busy = try await retryingWhileUnreachable(until: deadline) { try await self.client.stacks(nested: true) }.filter(
                \.status.isInProgress)
            guard let first = busy.first else { return }
            guard HostClock.now() < deadline else {
                throw EngineError(.notReady, "waited for stack \(first.reference) to end what it does: \(first.status)")
            }
            try await pause(seconds: overcloud.questionPeriod)
        }
    }

    private func waitForBreakpoints(_ root: StackReference, _ deadline: Timestamp) async throws -> String? {
        while true {
            let tracker = try await refreshTracker(root, deadline)
            if let failed = tracker.servers.sorted(by: { $0.key < $1.key }).first(where: { $0.value.state == .failed }) {
                return "\(failed.key): \(failed.value.reason)"
            }
            if tracker.status?.isFailed == true { return "the stack: \(tracker.statusReason)" }
            let names = Set(tasks.joined().map(\.resource))
            let missing = tracker.servers.filter { $0.value.state == .notStarted && !names.contains($0.key) }.keys.sorted()
            if missing.isEmpty { return nil }
            guard HostClock.now() < deadline else {
                return "no breakpoint on \(missing.joined(separator: ", ")) in time"
            }
            try await pause(seconds: overcloud.questionPeriod)
        }
    }

    private func settled(_ root: StackReference, _ deadline: Timestamp) async throws -> String? {
        while true {
            let stack = try await stack(root, deadline)
            if stack.status.isComplete { return nil }
            if stack.status.isFailed { return "the stack is \(stack.status): \(stack.reason)" }
            guard HostClock.now() < deadline else { return "the stack is still \(stack.status)" }
            try await pause(seconds: overcloud.questionPeriod)
        }
    }

    /// The states of all machines in the update that goes on, by all events of it.
    private func refreshTracker(_ root: StackReference, _ deadline: Timestamp) async throws -> UpdateTracker {
        var tracker: UpdateTracker
        if let known = self.tracker {
            tracker = known
        } else {
            let places =
                try await retryingWhileUnreachable(until: deadline) { try await self.overcloud.places(of: root) }
                + tasks.joined().map { UpdateTracker.Place(server: $0.resource, stack: root, resource: $0.resource) }
            let own = try await retryingWhileUnreachable(until: deadline) { try await self.client.events(of: root, resources: [root.name]) }
            tracker = UpdateTracker(
                root: root, places: places, since: UpdateTracker.start(of: root, in: own) ?? "")
        }
        let (names, known, few) = (tracker.eventNames, tracker.newest, 20)
        // Each event costs Heat questions to its database: the last few do, unless something unknown may be behind them.
        var events = try await retryingWhileUnreachable(until: deadline) {
            try await self.client.events(of: root, resources: names, limit: known.isEmpty ? 200 : few)
        }
        if events.count == few, let oldest = events.first, oldest.time >= known {
            events = try await retryingWhileUnreachable(until: deadline) { try await self.client.events(of: root, resources: names) }
        }
        tracker.absorb(events)
        self.tracker = tracker
        return tracker
    }

    private func stack(_ root: StackReference, _ deadline: Timestamp) async throws -> Stack {
        try await retryingWhileUnreachable(until: deadline) { try await self.client.stack(root) }
    }

    /// Whether an update failed because Heat itself died, and there is time left to ask for the same update again.
    ///
    /// When Heat is back it fails every stack that it was updating with "Engine went down" (docs/heat.md, "When Heat dies").
    private func heatDied(_ why: String, _ root: StackReference, _ deadline: Timestamp) async throws -> Bool {
        func tells(_ reason: String) -> Bool { reason.contains("Engine went down") }
        guard HostClock.now() < deadline else { return false }
        if tells(why) { return true }
        // The last to be told is the whole stack.
        let soon = min(deadline, HostClock.now().advanced(bySeconds: 30 * slowness))
        return try await settled(root, soon).map(tells) == true
    }

    /// Asks again while Heat does not answer: it may have been killed, and systemd starts it again.
    private func retryingWhileUnreachable<T: Sendable>(until deadline: Timestamp, _ question: @Sendable () async throws -> T) async throws
        -> T
    {
        while true {
            do {
                return try await question()
            } catch let error as HeatError where error.code == .unreachable && HostClock.now() < deadline {
                try await pause(seconds: overcloud.questionPeriod)
            }
        }
    }

    // MARK: One machine

    public func run(
        _ call: ProcedureCall, report: @escaping @Sendable (TimedStepLine) async throws -> Void
    ) async throws -> ProcedureOutcome {
        let deadline = HostClock.now().advanced(bySeconds: call.boundSeconds)
        let root = try await root(deadline)
        let task = tasks.joined().first { $0.step == call.step }
        let place = task?.resource ?? call.machine
        let steps = try await overcloud.hypervisor.machine(named: call.machine).openSteps()
        followers[place] = try await DeploymentFollower(
            channel: StepChannel(source: steps), identifier: plan.identifier, task: task?.resource, attach: call.attach)
        defer { followers[place] = nil }
        var (tries, isFirst) = (0, !call.failedBefore)
        while true {
            if try await isOver(place, isTask: task != nil, isFirst: isFirst, root, deadline),
                let why = try await restartUpdate(with: place, isTask: task != nil, isFirst: isFirst, root, deadline)
            {
                followers[place]?.say("Heat: \(why)", call)
            }
            if lastSeen(place) == .onBreakpoint {
                try await clear(place, root, deadline)
                await overcloud.wake(call.machine)
            }
            switch try await follow(place, root, deadline, report) {
            case .ended(let status): return .finished(status: status)
            case .timedOut: return .timedOut
            case .heatFailed(let why):
                isFirst = false
                if try await !heatDied(why, root, deadline) { tries += 1 }
                followers[place]?.say("Heat: \(why)" + (tries < Self.tries ? "; going on with the same update" : ""), call)
                try await forwardLines(place, report)
                if tries == Self.tries { return .finished(status: 70) }
            }
        }
    }

    /// Where a machine stood when Heat was last asked; each question costs the emulated undercloud about a second.
    private func lastSeen(_ machine: String) -> ServerState? { tracker?.servers[machine]?.state }

    /// Whether what is to be followed will not come, because the update of the stack is over without it.
    private func isOver(
        _ place: String, isTask: Bool, isFirst: Bool, _ root: StackReference, _ deadline: Timestamp
    ) async throws -> Bool {
        switch try await refreshTracker(root, deadline).servers[place]?.state {
        // A task starts by itself. One that has failed by the time it is first followed is reported as failed.
        case .failed: return !(isTask && isFirst)
        case .completed: return false
        default:
            let status = try await stack(root, deadline).status
            // Tasks that an earlier update of the same content has done get no event in this one: a complete stack means they are done.
            return !status.isInProgress && !(isTask && status.isComplete)
        }
    }

    /// Clears every breakpoint that is still set.
    ///
    /// An update that was restarted waits at the breakpoints of all machines once more, also of those that are done; and machines that the
    /// plan leaves alone have one, too.
    private func clearAll(_ root: StackReference, _ deadline: Timestamp) async throws {
        for (machine, server) in try await refreshTracker(root, deadline).servers where server.state == .onBreakpoint {
            try await clear(machine, root, deadline)
        }
    }

    /// Begins the same update again: it failed before, was stopped at a breakpoint, or Heat died. It goes on with what is left.
    ///
    /// - Returns: Why the place failed once more on the way to its breakpoint; nil if it did not.
    private func restartUpdate(
        with place: String, isTask: Bool, isFirst: Bool, _ root: StackReference, _ deadline: Timestamp
    ) async throws -> String? {
        // Tasks that run at once find together that the update is over.
        while isRestarting { try await pause(seconds: StepChannel.period) }
        isRestarting = true
        defer { isRestarting = false }
        guard try await isOver(place, isTask: isTask, isFirst: isFirst, root, deadline) else { return nil }
        try await start(try request(hooks: true), root, deadline)
        let why = try await waitForBreakpoints(root, deadline)
        // Tasks come after all machines, which have been updated by then: their breakpoints have nothing to guard any more.
        if isTask { try await clearAll(root, deadline) }
        return lastSeen(place) == .failed ? why : nil
    }

    private func clear(_ machine: String, _ root: StackReference, _ deadline: Timestamp) async throws {
        guard let place = tracker?.place(of: machine) else {
            throw EngineError(.run, "the overcloud has no machine \(machine)")
        }
        do {
            try await retryingWhileUnreachable(until: deadline) {
                try await self.client.clearPreUpdateHook(of: OvercloudTemplate.deployment, in: place.stack)
            }
        } catch let error as HeatError where error.code == .hookNotSet {
            // Cleared before, by an engine before this one; its events say what comes of it.
        }
    }

    private enum Followed {
        case ended(Int32)
        case timedOut
        /// The machine did its part or may yet, but Heat's update is over.
        case heatFailed(String)
    }

    /// Follows one deployment: what its machine says is handed on as it comes, while Heat is asked, which may not answer for a while.
    private func follow(
        _ place: String, _ root: StackReference, _ deadline: Timestamp, _ report: @escaping @Sendable (TimedStepLine) async throws -> Void
    ) async throws -> Followed {
        let result: Followed = try await withThrowingTaskGroup(of: Followed.self) { group in
            group.addTask {
                while true {
                    try await self.forwardLines(place, report)
                    try await pause(seconds: StepChannel.period)
                }
            }
            group.addTask { try await self.waitForEnd(of: place, root, deadline) }
            defer { group.cancelAll() }
            // Only the end of it ends without an error.
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
        try await forwardLines(place, report)
        return result
    }

    /// Hands on what a deployment's machine has said since the last time.
    private func forwardLines(_ place: String, _ report: @Sendable (TimedStepLine) async throws -> Void) async throws {
        try await poll(place)
        for line in followers[place]?.take() ?? [] { try await report(line) }
    }

    /// Reads what a deployment's machine has said since the last time.
    private func poll(_ place: String) async throws {
        guard let piece = try await followers[place]?.read() else { return }
        followers[place]?.absorb(piece, now: HostClock.now())
    }

    /// Waits for the end of a deployment, and asks Heat only while there is something to learn from it.
    private func waitForEnd(of place: String, _ root: StackReference, _ deadline: Timestamp) async throws -> Followed {
        var nextQuestion = HostClock.now()
        while true {
            let now = HostClock.now()
            if now >= nextQuestion {
                let server = try await refreshTracker(root, deadline).servers[place]
                if let deployment = server?.deployment, server?.hasRun == true {
                    let configuration = try await configuration(deployment, deadline)
                    followers[place]?.configuration = configuration
                }
                try await poll(place)
                switch server?.state {
                case .completed:
                    return .ended(0)
                case .failed:
                    if let status = followers[place]?.exit, status != 0 { return .ended(status) }
                    if let status = try await signalled(server?.deployment), status != 0 { return .ended(status) }
                    return .heatFailed(server?.reason ?? "failed")
                default:
                    let stack = try await stack(root, deadline)
                    if followers[place]?.isTask == true, stack.status.isComplete { return .ended(0) }
                    if !stack.status.isInProgress { return .heatFailed("the update of the stack is over: \(stack.reason)") }
                }
                // While it runs, only the end of it is news, and the channel tells; Heat is asked in case the channel does not.
                let runs = followers[place]?.isRunning == true
                nextQuestion = HostClock.now().advanced(bySeconds: overcloud.questionPeriod * (runs ? 10 : 1))
            }
            if followers[place]?.exit != nil {
                nextQuestion = min(nextQuestion, HostClock.now().advanced(bySeconds: overcloud.endPeriod))
            }
            if now > deadline { return .timedOut }
            try await pause(seconds: StepChannel.period)
        }
    }

    /// What a deployment is known by on its machine; nil while Heat has only begun to make it, when its identifier is none yet.
    private func configuration(_ deployment: String, _ deadline: Timestamp) async throws -> String? {
        do {
            return try await retryingWhileUnreachable(until: deadline) { try await self.client.deployment(deployment) }.configID
        } catch let error as HeatError where error.code == .notFound {
            return nil
        }
    }

    /// The status that a machine signalled, if it did.
    private func signalled(_ deployment: String?) async throws -> Int32? {
        guard let deployment, case .number(let status)? = try? await client.deployment(deployment).outputs["deploy_status_code"] else {
            return nil
        }
        return Int32(status)
    }
}
