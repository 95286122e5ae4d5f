import Foundation
import RehearsalHost
import RehearsalModel
import Testing

@testable import RehearsalTestbed

@Suite("testbed specification")
struct TestbedSpecificationTests {
    private func example() -> TestbedSpecification {
        TestbedSpecification(
            name: "demo", directory: "/state", accelerator: .kvm,
            networks: [.init(name: "ctlplane", bridge: "br0", address: "192.0.2.254/24")],
            machines: [
                .init(
                    name: "controller-0", memoryMiB: 512, kernel: "/k", initrd: "/i", commandLine: "quiet",
                    interfaces: [.init(network: "ctlplane", mac: "52:54:00:00:00:02")], console: "/c", steps: "/s")
            ])
    }

    @Test("a specification survives its encoding")
    func roundTrip() throws {
        let example = example()
        #expect(try TestbedSpecification(json: example.json()) == example)
    }

    @Test("all problems are reported at once")
    func problems() throws {
        var bad = example()
        bad.directory = "state"
        bad.networks.append(.init(name: "tenant", bridge: "a-name-that-is-too-long", mtu: 12))
        bad.machines[0].memoryMiB = 0
        bad.machines[0].interfaces.append(.init(network: "nowhere", mac: "52:54:00:00:00:02"))
        bad.machines.append(bad.machines[0])
        bad.machines[1].name = "../x"
        let error = #expect(throws: TestbedError.self) { try bad.validate() }
        #expect(error?.code == .invalidArgument)
        for part in [
            "directory 'state' is not an absolute path", "'a-name-that-is-too-long'", "mtu 12", "0 MiB", "network 'nowhere'",
            "machine name '../x'", "hardware address '52:54:00:00:00:02' is named twice",
        ] {
            #expect(error?.message.contains(part) == true, "\(part) is not in \(error?.message ?? "")")
        }
    }

    @Test("a bad key is named")
    func badKey() throws {
        let error = #expect(throws: TestbedError.self) {
            _ = try TestbedSpecification(json: Data(#"{"name":"x","directory":"/d","accelerator":"xen","networks":[],"machines":[]}"#.utf8))
        }
        #expect(error?.message.contains("accelerator") == true)
        let missing = #expect(throws: TestbedError.self) { _ = try TestbedSpecification(json: Data("{}".utf8)) }
        #expect(missing?.message.contains("key 'name' is missing") == true)
    }

    @Test("the connection says whether the driver is embedded")
    func embedded() {
        var example = example()
        #expect(example.isEmbedded)
        example.connection = "qemu:///embed?root=/x"
        #expect(example.isEmbedded)
        example.connection = "qemu:///system"
        #expect(!example.isEmbedded)
    }
}
