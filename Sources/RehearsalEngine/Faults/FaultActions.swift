import RehearsalHistory
import RehearsalHost
import RehearsalModel

/// What a plan breaks beside its steps: each fault waits for its step, lasts, and is healed.
extension PlanExecutor {
    /// Injects the faults that wait for one side of a step, which waits for them in turn.
    func inject(_ edge: FaultEdge, _ step: Step) async throws {
        for fault in plan.faults(edge, step.id) { try await begin(fault) }
    }

    /// Takes care of all faults until each is healed, or cannot come any more.
    func attendFaults() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for fault in plan.faults { group.addTask { try await self.attend(fault) } }
            try await group.waitForAll()
        }
    }

    /// Waits until every fault is healed. One that cannot be is journalled by itself, and is judged at the end.
    func healFaults(_ step: Step) async throws -> StepResult {
        mustHeal = true
        let bound = step.boundSeconds * slowness
        let start = HostClock.now()
        while !openFaults.isEmpty, HostClock.now().seconds(since: start) < bound { try await pause(seconds: 0.2) }
        guard openFaults.isEmpty else { return .timedOut("not healed: \(openFaults.map(\.rawValue).joined(separator: ", "))") }
        return .done
    }

    /// The faults that are injected and not healed.
    private var openFaults: [StepID] { plan.faults.map(\.id).filter { state.span(of: $0)?.isInFlight == true } }

    private func attend(_ fault: Step) async throws {
        guard let planned = fault.fault else { return }
        if state.span(of: fault.id)?.isInFlight == true {
            // An engine before this one injected it, or the machines came back from a time in which it was.
            try journal(.stepStarted(attempt: state.nextAttempt(of: fault.id)), step: fault, text: fault.name)
            if faults?.isOutsideGuest(planned.kind) == true { _ = try await perform(.inject, fault, planned) }
            injectedFaults[fault.id] = HostClock.now()
        }
        while state.span(of: fault.id)?.attempts.isEmpty != false {
            if areStepsOver, !begunFaults.contains(fault.id) { return }
            if !begunFaults.contains(fault.id), hasCome(planned) { try await begin(fault) } else { try await pause(seconds: 0.1) }
        }
        while state.inFlight(fault.id) != nil, !isStopped {
            if let since = injectedFaults[fault.id],
                mustHeal || planned.seconds.map({ HostClock.now().seconds(since: since) >= $0 }) == true
            {
                let result = try await perform(.heal, fault, planned)
                try end(fault, result.isFailure ? .failed("not healed: \(result.text)") : result)
            } else {
                try await pause(seconds: 0.1)
            }
        }
    }

    /// Whether a fault that nothing waits for has to come now.
    private func hasCome(_ fault: PlannedFault) -> Bool {
        guard let step = plan.step(fault.step), let attempt = state.span(of: fault.step)?.attempts.last else { return false }
        switch fault.edge {
        // Before it waits for anybody, all machines may be saved.
        case .during where step.action == .breakpoint && attempt.end == nil:
            guard state.reachedBreakpoints.contains(step.id) else { return false }
            return HostClock.now().seconds(since: attempt.start) >= fault.delaySeconds
        case .during: return attempt.end != nil || HostClock.now().seconds(since: attempt.start) >= fault.delaySeconds
        // Nobody but the procedure itself goes on after a sub-step.
        case .after: return step.action == .substep && attempt.end != nil
        case .before: return false
        }
    }

    private func begin(_ fault: Step) async throws {
        guard let planned = fault.fault, state.span(of: fault.id)?.attempts.isEmpty != false, begunFaults.insert(fault.id).inserted else {
            return
        }
        // Machines that stand still to be saved are to be saved whole.
        while isSaving { try await pause(seconds: 0.1) }
        try journal(.stepStarted(attempt: state.nextAttempt(of: fault.id)), step: fault, text: fault.name)
        let result = try await perform(.inject, fault, planned)
        if result.isFailure {
            try end(fault, .failed("not injected: \(result.text)"))
        } else {
            injectedFaults[fault.id] = HostClock.now()
        }
    }

    private func perform(_ deed: FaultInjector.Deed, _ fault: Step, _ planned: PlannedFault) async throws -> StepResult {
        guard let faults, let machine = fault.machine else { return .failed("the testbed takes no faults") }
        return try await faults.perform(
            deed, identifier: fault.id.rawValue, kind: planned.kind, arguments: planned.arguments, on: machine,
            boundSeconds: fault.boundSeconds * slowness)
    }

    /// A fault that could not be done as planned is no failure of the update: what follows is judged to be unknown.
    private func end(_ fault: Step, _ result: StepResult) throws {
        try journal(.stepEnded(result.isFailure ? .error : .ok), step: fault, text: result.text)
    }
}
