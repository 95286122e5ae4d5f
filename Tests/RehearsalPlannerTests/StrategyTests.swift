import RehearsalModel
import RehearsalPlanner
import Testing

@Suite("strategies")
struct StrategyTests {
    @Test("rolling updates the bootstrap controller last of its kind, and the undercloud last of all")
    func order() throws {
        let updated = try RollingStrategy().plan(Fixture.input()).steps.filter(\.isUpdate).compactMap(\.machine)
        #expect(
            updated == ["controller-1", "controller-2", "controller-0", "compute-0", "compute-1", "undercloud"])
    }

    @Test("each service's packages are updated by themselves, in the order of services")
    func groups() throws {
        let plan = try RollingStrategy().plan(Fixture.input())
        let update = try #require(plan.steps.first { $0.procedure == "update-controller" })
        #expect(
            update.action
                == .procedure(
                    name: "update-controller",
                    arguments: [
                        "1763823600", "haproxy=haproxy", "galera=mariadb-client,mariadb-server",
                        "keystone=keystone,python3-keystone",
                    ]))
        #expect(
            update.children.map(\.name) == [
                "check-identifier", "stop-cluster", "end-keepalived", "update-haproxy", "update-galera",
                "update-keystone", "update-rest", "start-cluster", "rejoin", "record-identifier",
            ])
    }

    @Test("a machine with nothing newer is left alone")
    func unchanged() throws {
        let plan = try RollingStrategy().plan(Fixture.input(without: ["controller-0", "undercloud"]))
        #expect(
            plan.steps.filter(\.isUpdate).map(\.machine) == [
                "controller-1", "controller-2", "compute-0", "compute-1",
            ])
        #expect(!plan.root.contains { $0.name == "update the undercloud" })
    }

    @Test("nothing newer anywhere is an error, not an empty success", arguments: Fixture.updatingStrategies)
    func nothingToUpdate(_ strategy: String) throws {
        let all = Set(Fixture.topology().machines.map(\.name))
        let error = try #require(throws: PlanError.self) {
            try Strategies.named(strategy).plan(Fixture.input(without: all))
        }
        #expect(error.code == .nothingToUpdate)
        #expect(error.description.contains("--candidate"))
    }

    @Test("all missing procedures are named", arguments: Fixture.updatingStrategies)
    func missingProcedures(_ strategy: String) throws {
        let error = try #require(throws: PlanError.self) {
            try Strategies.named(strategy).plan(
                Fixture.input(procedures: Fixture.procedures.filter { !$0.name.hasPrefix("update-") }))
        }
        #expect(error.code == .missingProcedure)
        #expect(error.message.contains("update-machine"))
    }

    @Test("a breakpoint that is no regular expression is an error")
    func badBreakpoint() throws {
        let error = try #require(throws: PlanError.self) {
            try RollingStrategy().plan(Fixture.input(breakpoints: ["controller-["]))
        }
        #expect(error.code == .badBreakpoint)
    }

    @Test("a breakpoint's expression has to match the whole name")
    func breakpoints() throws {
        let plan = try RollingStrategy().plan(Fixture.input(breakpoints: ["controller", "compute-[1]"]))
        #expect(plan.steps.filter { $0.action == .breakpoint }.map(\.machine) == ["compute-1"])
    }

    @Test("an unknown strategy is an error that names the known ones")
    func unknown() throws {
        let error = try #require(throws: PlanError.self) { try Strategies.named("big-bang") }
        #expect(error.code == .unknownStrategy)
        #expect(error.hint == "known strategies: none, rolling, talk")
    }

    @Test("a control run keeps breakpoints, proofs and order, and has a quiet time in place of each procedure", arguments: Strategies.names)
    func control(_ strategy: String) throws {
        for driver in ProcedureDriver.choices {
            let topology = Fixture.topology(agent: "heat-agent")
            let plan = try Strategies.named(strategy).plan(Fixture.input(topology: topology, driver: driver))
            let control = try Strategies.named(strategy).plan(Fixture.input(topology: topology, driver: driver, isControl: true))
            #expect(control.changesNothing && plan.changesNothing == (strategy == "none"))
            #expect(control.machinesWithBreakpoint == plan.machinesWithBreakpoint)
            func count(_ plan: Plan, _ action: Action) -> Int { plan.steps.filter { $0.action == action }.count }
            #expect(count(control, .proveReady) == count(plan, .proveReady))
            let quiet = control.steps.filter { if case .baseline = $0.action { $0.machine != nil } else { false } }
            #expect(quiet.compactMap(\.machine) == plan.steps.filter { $0.procedure != nil }.compactMap(\.machine))
        }
    }

    @Test("the strategy none records where there is nothing to update, too")
    func none() throws {
        let all = Set(Fixture.topology().machines.map(\.name))
        let plan = try RecordStrategy().plan(Fixture.input(without: all, procedures: []))
        #expect(plan.changesNothing && plan.machinesWithBreakpoint.isEmpty)
        #expect(plan.steps.map(\.action.kind).filter { $0 == .baseline }.count == 2)
    }

    @Test("a slower host takes longer, but has the same bounds")
    func slowness() throws {
        func plan(_ slowness: Double) throws -> Plan {
            let input = Fixture.input()
            return try RollingStrategy().plan(
                PlanInput(
                    topology: input.topology, services: input.services, delta: input.delta,
                    procedures: input.procedures,
                    parameters: PlanParameters(identifier: "1", baselineSeconds: 0, slowness: slowness)))
        }
        let native = try plan(1)
        let emulated = try plan(11)
        #expect(native.steps.map(\.boundSeconds) == emulated.steps.map(\.boundSeconds))
        #expect(emulated.predictedSeconds > 9 * native.predictedSeconds)
    }
}
