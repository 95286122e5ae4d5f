import Foundation
import PlainJSON
import RehearsalDeclaration
import RehearsalModel
import RehearsalTesting
import Testing

@Suite("topology")
struct TopologyTests {
    let declaration: Declaration

    init() throws {
        declaration = try Fixture.decode(Fixture.files).value
    }

    @Test("machines are named, numbered and addressed in order")
    func machines() {
        let topology = declaration.topology
        #expect(
            topology.machines.map(\.name) == [
                "undercloud", "controller-0", "controller-1", "controller-2", "compute-0", "compute-1",
            ])
        #expect(topology.machines.map(\.number) == Array(1...6))
        #expect(topology.machine(named: "controller-2")?.address(on: "external") == IPv4Address("203.0.113.13"))
    }

    @Test("interfaces follow the order of the networks, without gaps")
    func interfaces() throws {
        let topology = declaration.topology
        let compute = try #require(topology.machine(named: "compute-1"))
        #expect(compute.interfaces.map(\.device) == ["eth0", "eth1"])
        #expect(compute.interfaces.map(\.mac) == ["52:54:00:00:00:06", "52:54:00:01:00:06"])
        let macs = topology.machines.flatMap(\.interfaces).map(\.mac)
        #expect(Set(macs).count == macs.count)
    }

    @Test("sizes come from the topology, and from the role if it does not say")
    func sizes() {
        #expect(declaration.topology.roles.map(\.memoryMiB) == [512, 2048, 512])
    }

    @Test("each workload has a floating address")
    func floating() {
        #expect(
            declaration.topology.router?.floating.map(\.description) == [
                "203.0.113.50 -> 10.1.0.10 on compute-0 (5)", "203.0.113.51 -> 10.1.0.11 on compute-1 (6)",
            ])
    }

    @Test("more than one undercloud is counted like every role")
    func underclouds() throws {
        let files = BadInput("two", ("ha.yaml", "count: 1", "count: 2")).files
        let names = try Fixture.decode(files).value.topology.machines(inRole: "Undercloud").map(\.name)
        #expect(names == ["undercloud-0", "undercloud-1"])
    }

    @Test("services are those of all roles, each once")
    func services() {
        #expect(declaration.topology.services == ["base", "cluster", "galera", "keystone", "workload"])
        #expect(declaration.catalog.services(of: declaration.topology).flatMap(\.probes).count == 2)
    }

    @Test("settings of a probe are text, whatever they look like")
    func settings() {
        #expect(
            declaration.catalog.service(named: "galera")?.probes.first?.written.settings == [
                "user": "probe", "password": "{{secret.probe}}", "database": "probe", "rows": "100",
            ])
    }

    @Test("a declaration survives its encoding")
    func roundTrip() throws {
        let data = try JSONEncoder().encode(declaration)
        #expect(try JSONDecoder().decode(Declaration.self, from: data) == declaration)
    }

    @Test("the template context is what the documentation says", arguments: ["controller-0", "compute-1", nil])
    func templateContext(_ name: String?) throws {
        let topology = declaration.topology
        let secrets = Dictionary(uniqueKeysWithValues: ["erlang_cookie", "probe", "other"].map { ($0, "secret-" + $0) })
        let context = TemplateContext.make(
            topology: topology, machine: name.flatMap(topology.machine(named:)), catalog: declaration.catalog, secrets: secrets)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(context)
        try Snapshot("context/\(name ?? "no-machine").json").verify(String(decoding: data, as: UTF8.self) + "\n")
        #expect(try JSONDecoder().decode([String: JSONValue].self, from: data) == context)
    }
}

extension FloatingAddress {
    fileprivate var description: String { "\(address) -> \(fixed) on \(machine) (\(number))" }
}
