import RehearsalModel
import RehearsalPlanner
import Testing

/// What holds for every plan, whatever the topology and the seed.
@Suite("properties of strategies")
struct StrategyPropertyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let strategy: String
        let controllers: Int
        let computes: Int
        let seed: UInt64

        var testDescription: String { "\(strategy) \(controllers)+\(computes), seed \(seed)" }

        func input(breakpoints: [String] = [".*"]) -> PlanInput {
            Fixture.input(
                topology: Fixture.topology(controllers: controllers, computes: computes), seed: seed,
                breakpoints: breakpoints)
        }

        func plan() throws -> Plan {
            try Strategies.named(strategy).plan(input())
        }

        static let all = Fixture.updatingStrategies.flatMap { strategy in
            [(1, 0), (3, 2), (5, 4)].flatMap { controllers, computes in
                [0, 1, UInt64.max].map {
                    Case(strategy: strategy, controllers: controllers, computes: computes, seed: $0)
                }
            }
        }
    }

    @Test("the same input gives the same plan, fifty times", arguments: Strategies.names)
    func deterministic(_ strategy: String) throws {
        let value = Case(strategy: strategy, controllers: 3, computes: 2, seed: 7)
        let plan = try value.plan()
        for _ in 0..<50 {
            #expect(try value.plan() == plan)
        }
    }

    @Test("every machine is updated exactly once", arguments: Case.all)
    func everyMachineOnce(_ value: Case) throws {
        let updated = try value.plan().steps.filter(\.isUpdate).compactMap(\.machine)
        #expect(updated.sorted() == value.input().topology.machines.map(\.name).sorted())
    }

    @Test("no two machines' own updates are in flight at once", arguments: Case.all)
    func oneInFlight(_ value: Case) throws {
        for step in try value.plan().steps where step.action == .concurrent {
            #expect(step.flattened.filter(\.isUpdate).isEmpty, "\(step.id) \(step.name)")
        }
    }

    @Test("numbers are unique, in order, and say where a step is", arguments: Case.all)
    func numbers(_ value: Case) throws {
        let plan = try value.plan()
        let ids = plan.steps.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(ids == ids.sorted())
        for step in plan.steps {
            #expect(step.children.allSatisfy { step.id.isAncestor(of: $0.id) })
        }
        let last = try #require(plan.steps.last)
        #expect(plan.step(last.id) == last)
    }

    @Test("every step is bounded, but for breakpoints", arguments: Case.all)
    func bounds(_ value: Case) throws {
        for step in try value.plan().steps {
            if step.action == .breakpoint {
                #expect(step.boundSeconds == 0)
            } else {
                #expect(step.boundSeconds > 0 && step.predictedSeconds >= 0)
                #expect(step.predictedSeconds <= step.boundSeconds * 11, "\(step.id) \(step.name)")
            }
        }
    }

    @Test("rolling proves all ready after each breakpoint, directly before the machine is touched, and at the end", arguments: Case.all)
    func gates(_ value: Case) throws {
        let plan = try RollingStrategy().plan(value.input())
        #expect(ungatedMachines(plan) == [])
        #expect(plan.steps.filter { $0.action == .breakpoint }.count == value.input().topology.machines.count)
    }

    @Test("rolling proves all ready even before a machine without a breakpoint")
    func gatesWithoutBreakpoints() throws {
        let plan = try RollingStrategy().plan(Fixture.input(breakpoints: []))
        #expect(ungatedMachines(plan) == [])
        #expect(!plan.steps.contains { $0.action == .breakpoint })
    }

    @Test("the talk proves nothing between machines")
    func noGates() throws {
        let plan = try TalkStrategy().plan(Fixture.input())
        #expect(ungatedMachines(plan).count == 6)
    }

    @Test("rolling is the same for every seed but for the seed; the talk's order is not")
    func seeds() throws {
        func order(_ strategy: some Strategy, _ seed: UInt64) throws -> [String] {
            try strategy.plan(Fixture.input(seed: seed)).steps.filter(\.isUpdate).compactMap(\.machine)
        }
        let rolling = try (0..<20).map { try order(RollingStrategy(), $0) }
        let talk = try (0..<20).map { try order(TalkStrategy(), $0) }
        #expect(Set(rolling).count == 1)
        #expect(Set(talk).count > 5)
    }

    /// The machines whose group does not begin with its breakpoint (if any) and then a proof, and the last one if no
    /// proof comes after it.
    private func ungatedMachines(_ plan: Plan) -> [String] {
        let groups = plan.steps.filter { step in step.children.contains(where: \.isUpdate) }
        let ungated = groups.filter { group in
            group.children.map(\.action).first { $0 != .breakpoint } != .proveReady
                || group.children.dropFirst().contains { $0.action == .breakpoint }
        }
        let isProvenAtTheEnd = plan.steps.last { $0.action == .proveReady || $0.isUpdate }?.action == .proveReady
        return (ungated + (isProvenAtTheEnd ? [] : groups.suffix(1))).compactMap(\.machine)
    }
}
