import Foundation
import RehearsalDeclaration
import RehearsalModel
import Testing

@Suite("a topology with machines that may join later")
struct ScalingTests {
    private func topology(_ compute: String, controller: String = "count: 3") throws(DiagnosticsError) -> Topology {
        let files = Fixture.files.map { file in
            file.name == Fixture.topology.name
                ? SourceFile(
                    name: file.name,
                    text: file.text.replacing(#/(Compute:\s+)count: \d+/#) { "\($0.1)\(compute)" }
                        .replacing(#/(Controller:\s+)count: \d+/#) { "\($0.1)\(controller)" })
                : file
        }
        return try Fixture.decode(files).value.topology
    }

    @Test("spares are numbered after all others, have addresses of their own, and change nothing about the others")
    func spares() throws {
        let (with, without) = (try topology("count: 2\n    spares: 2"), try topology("count: 2"))
        #expect(with.machines == without.machines && without.spares == [])
        #expect(with.spares.map(\.name) == ["compute-2", "compute-3"])
        #expect(with.spares.map(\.number) == [with.machines.count + 1, with.machines.count + 2])
        let addresses = with.allMachines.flatMap(\.interfaces).map(\.address)
        #expect(Set(addresses).count == addresses.count)
        #expect(with.router?.floating.map(\.machine) == ["compute-0", "compute-1", "compute-2", "compute-3"])
        #expect(try JSONDecoder().decode(Topology.self, from: JSONEncoder().encode(with)) == with)
    }

    @Test("the first spares join, the last machines leave, and there and back is where it was")
    func scaled() throws {
        let topology = try topology("count: 2\n    spares: 2")
        let larger = try #require(topology.scaled("Compute", by: 1))
        #expect(larger.machines(inRole: "Compute").map(\.name) == ["compute-0", "compute-1", "compute-2"])
        #expect(larger.spares.map(\.name) == ["compute-3"])
        #expect(larger.roles.first { $0.role == "Compute" }?.count == 3)
        #expect(larger.allMachines == topology.allMachines, "machines are made of all of them")
        #expect(larger.scaled("Compute", by: -1) == topology)
        #expect(try #require(topology.scaled("Compute", by: 2)).spares.isEmpty)
        #expect(topology.scaled("Compute", by: 3) == nil && topology.scaled("Compute", by: -2) == nil)
        #expect(topology.scaled("Controller", by: 1) == nil && topology.scaled("Nobody", by: 1) == nil)
    }

    @Test("a member of a cluster cannot join later")
    func members() throws {
        #expect {
            try topology("count: 2", controller: "count: 3\n    spares: 1")
        } throws: {
            "\($0)".contains("roles.Controller.spares: a machine with the service cluster cannot join later")
        }
    }

    @Test("a scenario says which machines join after the update, of roles that are there and have them")
    func after() throws {
        func scenario(_ after: String) throws(DiagnosticsError) -> Scenario? {
            let files = Fixture.files.map { file in
                switch file.name {
                case Fixture.topology.name:
                    SourceFile(
                        name: file.name, text: file.text.replacing(#/(Compute:\s+)count: 2/#) { "\($0.1)count: 2\n    spares: 1" })
                case Fixture.scenario.name: SourceFile(name: file.name, text: file.text + "\nafter:\n" + after)
                default: file
                }
            }
            return try Fixture.decode(files).value.scenario
        }
        #expect(
            try #require(try scenario("  - {scale: {Compute: +1}}\n  - {scale: {Compute: -2}}\n")).scaling == [
                RoleScaling(role: "Compute", change: 1), RoleScaling(role: "Compute", change: -2),
            ])
        #expect {
            try scenario("  - {scale: {Compute: +2}}\n  - {scale: {Computer: 1}}\n  - {scale: {Controller: 0}}\n")
        } throws: { error in
            let text = "\(error)"
            return text.contains("minor-update.yaml:12:14: error: after: role Compute has 2 machines, and 1 more that could join")
                && text.contains("minor-update.yaml:13:14: error: after: the topology has no role \"Computer\"")
                && text.contains("no machine joins or leaves")
        }
    }
}
