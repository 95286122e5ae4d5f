import RehearsalModel
import RehearsalPlanner
import RehearsalTesting
import Testing

@Suite("Plans, as they are")
struct GoldenPlanTests {
    @Test("The plan of each strategy", arguments: Strategies.names)
    func plan(_ strategy: String) throws {
        let plan = try Strategies.named(strategy).plan(Fixture.input())
        try Snapshot("\(strategy).json").verify(plan.json())
    }

    @Test("The printed plan of each strategy", arguments: Strategies.names)
    func printed(_ strategy: String) throws {
        let plan = try Strategies.named(strategy).plan(Fixture.input())
        try Snapshot("\(strategy).txt").verify(PlanPrinter.print(plan))
    }

    @Test("One controller alone has nobody to hand over to")
    func alone() throws {
        let input = Fixture.input(topology: Fixture.topology(controllers: 1, computes: 1), breakpoints: ["compute-.*"])
        try Snapshot("rolling-alone.txt").verify(PlanPrinter.print(RollingStrategy().plan(input)))
    }

    @Test("What breakpoints guard is Heat's, inside one update of the stack; all else is the agent's", arguments: Strategies.names)
    func heat(_ strategy: String) throws {
        let plan = try Strategies.named(strategy).plan(Fixture.input(topology: Fixture.topology(agent: "heat-agent"), driver: .heat))
        try Snapshot("\(strategy)-heat.txt").verify(PlanPrinter.print(plan))
    }

    @Test("A plan survives its encoding", arguments: Strategies.names, ProcedureDriver.choices)
    func roundTrip(_ strategy: String, _ driver: ProcedureDriver) throws {
        let plan = try Strategies.named(strategy).plan(Fixture.input(topology: Fixture.topology(agent: "heat-agent"), driver: driver))
        #expect(try Plan(json: plan.json()) == plan)
    }
}
