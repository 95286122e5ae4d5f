import RehearsalModel
import RehearsalPlanner
import RehearsalTesting
import Testing

@Suite("plans, as they are")
struct GoldenPlanTests {
    @Test("the plan of each strategy", arguments: Strategies.names)
    func plan(_ strategy: String) throws {
        let plan = try Strategies.named(strategy).plan(Fixture.input())
        try Snapshot("\(strategy).json").verify(plan.json())
    }

    @Test("the printed plan of each strategy", arguments: Strategies.names)
    func printed(_ strategy: String) throws {
        let plan = try Strategies.named(strategy).plan(Fixture.input())
        try Snapshot("\(strategy).txt").verify(PlanPrinter.print(plan))
    }

    @Test("one controller alone has nobody to hand over to")
    func alone() throws {
        let input = Fixture.input(topology: Fixture.topology(controllers: 1, computes: 1), breakpoints: ["compute-.*"])
        try Snapshot("rolling-alone.txt").verify(PlanPrinter.print(RollingStrategy().plan(input)))
    }

    @Test("what breakpoints guard is Heat's, inside one update of the stack; all else is the agent's", arguments: Strategies.names)
    func heat(_ strategy: String) throws {
        let plan = try Strategies.named(strategy).plan(Fixture.input(topology: Fixture.topology(agent: "heat-agent"), driver: .heat))
        try Snapshot("\(strategy)-heat.txt").verify(PlanPrinter.print(plan))
    }

    @Test("a plan survives its encoding", arguments: Strategies.names, ProcedureDriver.choices)
    func roundTrip(_ strategy: String, _ driver: ProcedureDriver) throws {
        let plan = try Strategies.named(strategy).plan(Fixture.input(topology: Fixture.topology(agent: "heat-agent"), driver: driver))
        #expect(try Plan(json: plan.json()) == plan)
    }
}
