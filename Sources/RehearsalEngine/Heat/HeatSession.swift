import Heat
import PlainJSON
import RehearsalHost
import RehearsalModel

/// Questions and requests to the undercloud's Heat about the overcloud's stack, with one deadline for all of them.
///
/// Heat may be killed at any time, and systemd starts it again: while it does not answer, the same is asked again until the deadline.
struct HeatSession: Sendable {
    let overcloud: Overcloud
    /// The overcloud's stack.
    let root: StackReference
    /// When the harness stops waiting.
    let deadline: Timestamp

    /// Whether there is time left to wait.
    var hasTime: Bool { HostClock.now() < deadline }

    /// Seconds until the deadline; negative after it.
    var secondsLeft: Double { deadline.seconds(since: HostClock.now()) }

    private var client: HeatClient { overcloud.client }

    /// Opens a session.
    ///
    /// - Parameter root: The overcloud's stack, where it is known already; otherwise Heat is asked for it.
    /// - Throws: ``EngineError`` if Heat has no such stack.
    init(_ overcloud: Overcloud, root: StackReference?, deadline: Timestamp) async throws {
        self.overcloud = overcloud
        self.deadline = deadline
        if let root {
            self.root = root
            return
        }
        let found = try await Self.asking(overcloud, until: deadline) { try await $0.stack(named: OvercloudTemplate.stackName) }
        guard let found else {
            throw EngineError(.testbed, "there is no stack \(OvercloudTemplate.stackName)", hint: "raise the testbed anew: `rehearse up`")
        }
        self.root = found.reference
    }

    private init(_ other: HeatSession, deadline: Timestamp) {
        overcloud = other.overcloud
        root = other.root
        self.deadline = deadline
    }

    /// The same session with a deadline that is at most so many seconds away.
    func within(seconds: Double) -> HeatSession {
        HeatSession(self, deadline: min(deadline, HostClock.now().advanced(bySeconds: seconds)))
    }

    /// Asks Heat, and asks again while it does not answer.
    func ask<T: Sendable>(_ question: @Sendable (HeatClient) async throws -> T) async throws -> T {
        try await Self.asking(overcloud, until: deadline, question)
    }

    private static func asking<T: Sendable>(
        _ overcloud: Overcloud, until deadline: Timestamp, _ question: @Sendable (HeatClient) async throws -> T
    ) async throws -> T {
        while true {
            do {
                return try await question(overcloud.client)
            } catch let error as HeatError where error.code == .unreachable && HostClock.now() < deadline {
                try await pause(seconds: overcloud.questionPeriod)
            }
        }
    }

    /// Waits as long as there is between two questions to Heat.
    func untilNextQuestion() async throws { try await pause(seconds: overcloud.questionPeriod) }

    /// The overcloud's stack as it is now.
    func stack() async throws -> Stack { try await ask { try await $0.stack(root) } }

    /// Waits until no stack, nested or not, is in progress.
    ///
    /// - Throws: ``EngineError`` if one still is at the deadline.
    func waitUntilIdle() async throws {
        while true {
            let busy = try await ask { try await $0.stacks(nested: true) }.first(where: \.status.isInProgress)
            guard let busy else { return }
            guard hasTime else { throw EngineError(.notReady, "waited for stack \(busy.reference) to end what it does: \(busy.status)") }
            try await untilNextQuestion()
        }
    }

    /// Asks for an update of the stack as soon as nothing else is in progress.
    func update(to request: StackRequest) async throws {
        try await waitUntilIdle()
        // Events have whole seconds: those of what was before must not look as if they were of this update.
        try await pause(seconds: 2)
        while true {
            do {
                return try await client.update(root, to: request)
            } catch let error as HeatError where [.actionInProgress, .unreachable].contains(error.code) && hasTime {
                // What Heat took in before it died it ends as failed when it is back; then the same is asked for again.
                try await untilNextQuestion()
            }
        }
    }

    /// Waits until the stack's update is over. A failure says that it failed, or that it was not over at the deadline.
    func settled() async throws -> StepResult {
        while true {
            let stack = try await stack()
            if stack.status.isComplete { return .done }
            if stack.status.isFailed { return .failed("the stack is \(stack.status): \(stack.reason)") }
            guard hasTime else { return .failed("the stack is still \(stack.status)") }
            try await untilNextQuestion()
        }
    }

    /// Whether what failed did so because Heat itself died, and there is time left to ask for the same again.
    ///
    /// When Heat is back it fails every stack that it was updating with "Engine went down" (docs/heat.md, "When Heat dies").
    func diedDuring(_ result: StepResult) async throws -> Bool {
        func tells(_ result: StepResult) -> Bool { result.isFailure && result.text.contains("Engine went down") }
        guard result.isFailure, hasTime else { return false }
        if tells(result) { return true }
        // The last to be told is the whole stack.
        return tells(try await within(seconds: 30 * overcloud.slowness).settled())
    }

    /// Clears the hook `pre-update` of a deployment; one that is cleared already stays so.
    func clearBreakpoint(of place: UpdateTracker.Place) async throws {
        do {
            try await ask { try await $0.clearPreUpdateHook(of: OvercloudTemplate.deployment, in: place.stack) }
        } catch let error as HeatError where error.code == .hookNotSet {
            // Cleared before, by an engine before this one; its events say what comes of it.
        }
    }

    /// What a deployment is known by on its machine; nil while Heat has only begun to make it, when its identifier is none yet.
    func configuration(of deployment: String) async throws -> String? {
        do {
            return try await ask { try await $0.deployment(deployment) }.configID
        } catch let error as HeatError where error.code == .notFound {
            return nil
        }
    }

    /// The exit status that a machine signalled for a deployment; nil if it signalled none.
    func signalledStatus(of deployment: String?) async throws -> Int32? {
        guard let deployment, case .number(let status)? = try? await client.deployment(deployment).outputs["deploy_status_code"] else {
            return nil
        }
        return Int32(exactly: status) ?? -1
    }

    /// A tracker of the update that goes on, without any of its events yet.
    ///
    /// - Parameter tasks: The deployments of the stack itself that are followed, too.
    func tracker(tasks: [String]) async throws -> UpdateTracker {
        let places =
            try await ask { _ in try await overcloud.places(of: root) }
            + tasks.map { UpdateTracker.Place(server: $0, stack: root, resource: $0) }
        let own = try await ask { try await $0.events(of: root, resources: [root.name]) }
        return UpdateTracker(root: root, places: places, since: UpdateTracker.start(of: root, in: own) ?? "")
    }

    /// The events that a tracker has not seen, and maybe some that it has.
    func events(for tracker: UpdateTracker) async throws -> [StackEvent] {
        let (names, known, few) = (tracker.eventNames, tracker.newest, 20)
        // Each event costs Heat questions to its database: the last few do, unless something unknown may be behind them.
        let last = try await ask { try await $0.events(of: root, resources: names, limit: known.isEmpty ? 200 : few) }
        guard last.count == few, let oldest = last.first, oldest.time >= known else { return last }
        return try await ask { try await $0.events(of: root, resources: names) }
    }
}
