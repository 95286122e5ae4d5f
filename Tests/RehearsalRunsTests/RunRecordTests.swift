import Foundation
import RehearsalEngine
import RehearsalHistory
import RehearsalHost
import RehearsalModel
import RehearsalPlanner
import RehearsalRecorder
import RehearsalStore
import RehearsalTesting
import Testing

@testable import RehearsalRuns

/// What is planned, and what a run's store holds before its first step.
@Suite("planning and the record of a run", .timeLimit(.minutes(1)))
struct RunRecordTests {
    @Test("a change meets the machines whose image has the version that it changes")
    func changes() async throws {
        try await FakeCloud.up { cloud in
            let plan = try Planning.plan(
                cloud.prepared(), project: try Project(root: Checkout.root), update: UpdateSettings(), identifier: "17")
            let updates = plan.steps.filter {
                if case .procedure(let name, _, _) = $0.action { name.hasPrefix("update-") } else { false }
            }
            #expect(updates.map(\.machine) == ["compute-0"])
            #expect(plan.identifier == "17")
            #expect(plan.strategy == "rolling")
        }
    }

    @Test("what a run chooses goes before what its scenario says")
    func chosen() async throws {
        try await FakeCloud.up { cloud in
            let plan = try Planning.plan(
                cloud.prepared(), project: try Project(root: Checkout.root), update: UpdateSettings(strategy: "talk", seed: 9),
                identifier: "17")
            #expect(plan.strategy == "talk")
            #expect(plan.seed == 9)
        }
    }

    @Test(
        "slow guests are asked less often", arguments: [(50, 1.0, 50), (50, 10, 50), (50, 16.5, 90), (50, 20.5, 110), (5_000, 20, 10_000)])
    func periods(written: Int, slowness: Double, asked: Int) {
        #expect(RecorderConfiguration.period(written, slowness: slowness) == asked)
        #expect(RecorderConfiguration.period(600_000, slowness: slowness) == 600_000)
    }

    @Test("the record holds all that is needed to report the run and to take it up again")
    func record() async throws {
        try await FakeCloud.up { cloud in
            let store = try RunIndex(stateDirectory: cloud.places.state).create(strategy: "rolling", at: HostClock.now())
            let (prepared, plan) = (cloud.prepared(), cloud.plan())
            try RunRecord.begin(store, prepared: prepared, plan: plan, testbed: FakeCloud.name)
            let conditions = try store.conditions()
            #expect(try Plan(json: conditions.planJSON ?? "") == plan)
            #expect(conditions.testbed == FakeCloud.name)
            #expect(try store.packageChanges() == [FakeCloud.change])
            #expect(conditions.scenario == "smoke")
            #expect(conditions.version == RehearsalVersion.current)
            #expect(conditions.conditions["driver"] == "agent")
            #expect(conditions.conditions["image Compute"] == "digest-Compute")
            #expect(try store.machines().map(\.name) == cloud.topology.machines.map(\.name))
            #expect(try store.steps().map(\.id) == plan.steps.map(\.id))
            let kinds: [EventKind?] = [.runStarted, .planned]
            #expect(try store.events().map(\.kind) == kinds)
        }
    }

    @Test("update identifiers are letters, digits, - and _", arguments: ["", "a b", "x;y", String(repeating: "a", count: 65)])
    func identifiers(text: String) {
        #expect(throws: RunError.self) { try Planning.checkIdentifier(text) }
    }
}
