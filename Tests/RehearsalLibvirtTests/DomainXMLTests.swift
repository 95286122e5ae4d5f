import Foundation
import RehearsalHost
import RehearsalModel
import RehearsalTestbed
import RehearsalTesting
import Testing

@testable import RehearsalLibvirt

@Suite("definition of a machine for libvirt")
struct DomainXMLTests {
    static func specification(_ accelerator: Accelerator = .tcg) -> TestbedSpecification {
        TestbedSpecification(
            name: "demo", directory: "/state/demo", accelerator: accelerator,
            networks: [
                .init(name: "ctlplane", bridge: "br-ctlplane", address: "192.0.2.254/24"),
                .init(name: "tenant", bridge: "br-tenant", mtu: 1600),
            ],
            machines: [
                .init(
                    name: "controller-0", memoryMiB: 2048, vcpus: 2, kernel: "/images/vmlinuz", initrd: "/images/initrd",
                    commandLine: "console=ttyS0 root=/dev/vda rw rehearsal.machine=controller-0",
                    disk: "/state/demo/disks/controller-0.qcow2",
                    backing: "/images/controller.raw", backingFormat: "raw",
                    interfaces: [
                        .init(network: "ctlplane", mac: "52:54:00:00:00:02"), .init(network: "tenant", mac: "52:54:00:01:00:02"),
                    ], console: "/state/demo/console/controller-0.log", steps: "/state/demo/steps/controller-0.log")
            ])
    }

    @Test("the definition is as recorded", arguments: [Accelerator.tcg, .kvm])
    func recorded(_ accelerator: Accelerator) throws {
        let specification = Self.specification(accelerator)
        let xml = DomainXML.make(specification.machines[0], of: specification)
        try Snapshot("domain-\(accelerator.rawValue).xml").verify(xml)
    }

    @Test("all text is escaped")
    func escaped() throws {
        var specification = Self.specification()
        specification.machines[0].commandLine = "a=\"1\" b='2' c<d>&e\u{1}"
        specification.machines[0].console = "/a&b/<c>'\".log"
        let xml = DomainXML.make(specification.machines[0], of: specification)
        #expect(xml.contains("<cmdline>a=&quot;1&quot; b=&apos;2&apos; c&lt;d&gt;&amp;e</cmdline>"))
        #expect(xml.contains("<source path='/a&amp;b/&lt;c&gt;&apos;&quot;.log' append='on'/>"))
    }

    @Test("a machine may have no disk and its own processor model")
    func diskless() throws {
        var specification = Self.specification()
        specification.machines[0].disk = nil
        specification.machines[0].cpuModel = "qemu64"
        let xml = DomainXML.make(specification.machines[0], of: specification)
        #expect(!xml.contains("<disk"))
        #expect(xml.contains("<model fallback='forbid'>qemu64</model>"))
    }

    @Test("networks are made with their address and MTU")
    func networks() {
        #expect(
            NamespaceNetworks.commands(Self.specification().networks).map { $0.joined(separator: " ") } == [
                "ip link set lo up",
                "ip link add name br-ctlplane mtu 1500 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                "ip address add 192.0.2.254/24 dev br-ctlplane",
                "ip link set dev br-ctlplane addrgenmode none up",
                "ip link add name br-tenant mtu 1600 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                "ip link set dev br-tenant addrgenmode none up",
            ])
    }

    @Test("a machine's UUID follows from its name")
    func identity() {
        #expect(DomainXML.uuid(of: "controller-0") == DomainXML.uuid(of: "controller-0"))
        #expect(DomainXML.uuid(of: "controller-0") != DomainXML.uuid(of: "controller-1"))
        #expect(UUID(uuidString: DomainXML.uuid(of: "controller-0")) != nil)
    }

    @Test("a saved configuration can move to another testbed")
    func moved() {
        func machine(_ directory: String) -> TestbedSpecification.Machine {
            .init(
                name: "m", memoryMiB: 1, kernel: "/k", initrd: "/i", commandLine: "", disk: "\(directory)/m$1.qcow2",
                console: "\(directory)/it's.log", steps: "\(directory)/m.steps")
        }
        let saved = """
            <emulator>/usr/bin/qemu-system-x86_64</emulator>
            <disk type='file'><source file='/old/m$1.3.qcow2' index='2'/>
            <backingStore type='file'><source file='/old/m$1.qcow2'/><backingStore/></backingStore></disk>
            <disk/><source path='/old/it&apos;s.log' append='on'/><source path='/old/m.steps'/><source path='/other'/>
            """
        let moved = LibvirtMachine.moved(saved, from: machine("/old"), to: machine("/new"), disk: machine("/new").disk, emulator: "/e")
        #expect(
            moved == """
                <emulator>/e</emulator>
                <disk type='file'><source file='/new/m$1.qcow2' index='2'/>
                </disk>
                <disk/><source path='/new/it&apos;s.log' append='on'/><source path='/new/m.steps'/><source path='/other'/>
                """)
    }
}
