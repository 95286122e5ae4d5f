import RehearsalModel
import RehearsalPlanner
import RehearsalTesting
import Testing

@Suite("where faults stand in a plan")
struct FaultPlacementTests {
    private func fault(
        _ kind: String, _ moment: String, on machine: String? = "controller-1", _ arguments: [String: String] = [:], seconds: Double? = nil,
        line: Int = 9
    ) throws -> Fault {
        Fault(
            kind: kind, arguments: arguments, machine: machine, moment: try #require(FaultMoment(moment)), seconds: seconds,
            source: "s.yaml:\(line):5")
    }

    private func plan(_ faults: [Fault], seed: UInt64 = 1, isControl: Bool = false) throws -> Plan {
        let input = Fixture.input(seed: seed, isControl: isControl)
        return try RollingStrategy().plan(
            PlanInput(
                topology: input.topology, services: input.services, delta: input.delta, procedures: input.procedures, faults: faults,
                parameters: input.parameters))
    }

    @Test("the printed plan names each fault, where it waits, and how long it lasts")
    func printed() throws {
        let plan = try plan([
            fault("kill-service", "during update-rest on controller-2 + 10", ["service": "galera"], seconds: 30),
            fault("pause-machine", "before update-controller on controller-2", on: "undercloud", seconds: 5),
            fault("fill-disk", "4", on: "compute-0", ["mebibytes": "0"]),
            fault("kill-machine", "during breakpoint on compute-1", on: "undercloud"),
            fault("reset-machine", "after prove-ready", on: "compute-1"),
        ])
        try Snapshot("faults.txt").verify(PlanPrinter.print(plan))
        try Snapshot("faults.json").verify(plan.json())
        #expect(try Plan(json: plan.json()) == plan)
        #expect(plan.steps.last?.id == "F5" && plan.steps.filter { $0.action == .healFaults }.count == 1)
    }

    @Test("before a sub-step is after the one before it, or before the procedure")
    func beforeSubstep() throws {
        let plan = try plan([
            fault("a", "before update-rest on controller-2"), fault("b", "before check-identifier on controller-2"),
        ])
        let faults = plan.faults.compactMap(\.fault)
        #expect(faults[0].edge == .after && plan.step(faults[0].step)?.name == "update-keystone")
        #expect(faults[1].edge == .before && plan.step(faults[1].step)?.action.kind == .procedure)
        #expect(plan.step(faults[1].step)?.machine == "controller-2")
    }

    @Test("chance is decided by the seed: a machine that runs the service, a moment within a procedure")
    func chance() throws {
        let faults = try (0..<20).map { _ in try fault("kill-service", "random", on: nil, ["service": "galera"]) }
        let plan = try plan(faults, seed: 3)
        #expect(try self.plan(faults, seed: 3) == plan)
        #expect(try self.plan(faults, seed: 4) != plan)
        #expect(plan.faults.allSatisfy { $0.machine?.hasPrefix("controller-") == true })
        #expect(Set(plan.faults.map(\.machine)).count == 3)
        for fault in plan.faults.compactMap(\.fault) {
            let step = try #require(plan.step(fault.step))
            #expect(step.action.kind == .procedure && 0...step.predictedSeconds.rounded(.up) ~= fault.delaySeconds)
        }
    }

    @Test("all that fits no step, and what contradicts what is there, is named at its place")
    func wrong() throws {
        let error = try #require(throws: PlanError.self) {
            try plan([
                fault("kill-machine", "during upgrade-everything", line: 3), fault("kill-machine", "during drain on undercloud", line: 4),
                fault("kill-machine", "during breakpoint", line: 5), fault("fill-disk", "during breakpoint", line: 6),
                fault("kill-machine", "during breakpoint", line: 7), fault("fill-disk", "after breakpoint", line: 8),
            ])
        }
        #expect(
            error.message.split(separator: "\n") == [
                "s.yaml:3:5: error: at: \"during upgrade-everything\" matches no step of this plan",
                "s.yaml:4:5: error: at: \"during drain on undercloud\" matches no step of this plan",
                "s.yaml:6:5: error: fill-disk cannot be done to controller-1 while kill-machine has taken it away",
                "s.yaml:7:5: error: kill-machine is done to controller-1 twice at the same moment",
            ])
    }

    @Test("what is looked for on machines stands before anything is recorded, and behind all else")
    func checks() throws {
        let input = Fixture.input()
        let both = MachineCheck(name: "a", summary: "a", moments: [.before, .after])
        let after = MachineCheck(name: "b", summary: "b", moments: [.after])
        let plan = try RollingStrategy().plan(
            PlanInput(
                topology: input.topology, services: input.services, delta: input.delta, procedures: input.procedures,
                checks: [both, after], parameters: input.parameters))
        #expect(plan.root[1].action == .inspect(.before, checks: [both]))
        #expect(plan.root.last?.action == .inspect(.after, checks: [both, after]))
        #expect(plan.root.count { $0.action.kind == .inspect } == 2)
        #expect(try Plan(json: plan.json()) == plan)
    }

    @Test("a control run breaks nothing")
    func control() throws {
        let plan = try plan([fault("kill-machine", "during breakpoint")], isControl: true)
        #expect(plan.faults.isEmpty && plan.changesNothing && !plan.steps.contains { $0.action == .healFaults })
    }

    @Test("a plan with faults changes something, even where nothing is updated")
    func changes() throws {
        let input = Fixture.input()
        let plan = try RecordStrategy().plan(
            PlanInput(
                topology: input.topology, services: input.services, delta: input.delta, procedures: input.procedures,
                faults: [fault("kill-machine", "5")], parameters: input.parameters))
        #expect(!plan.changesNothing && plan.faults.count == 1)
    }
}
