import Foundation
import RehearsalHost
import RehearsalModel
public import RehearsalTestbed

/// Writes libvirt's configuration of machines.
public enum DomainXML {
    /// The port the guest agent listens on.
    static let agentPort = "org.qemu.guest_agent.0"
    /// The port procedures report their steps on.
    static let stepsPort = "rehearsal.steps.0"

    /// The configuration of one machine.
    ///
    /// - Parameters:
    ///   - machine: The machine.
    ///   - testbed: Its testbed, for the accelerator and the bridges.
    ///   - type: libvirt's domain type, if not that of the accelerator; `test` for the test driver.
    public static func make(
        _ machine: TestbedSpecification.Machine, of testbed: TestbedSpecification, type: String? = nil
    ) -> String {
        let emulated = testbed.accelerator == .tcg
        var xml = XMLText()
        xml.open("domain", ["type": type ?? (emulated ? "qemu" : "kvm")])
        xml.leaf("name", text: machine.name)
        xml.leaf("uuid", text: uuid(of: machine.name))
        xml.leaf("memory", ["unit": "MiB"], text: "\(machine.memoryMiB)")
        xml.leaf("vcpu", text: "\(machine.vcpus)")
        boot(machine, &xml)
        features(hasTranslationCache: emulated && type == nil, &xml)
        cpu(machine.cpuModel ?? (emulated ? "Nehalem" : "host-passthrough"), &xml)
        xml.leaf("clock", ["offset": "utc"])
        xml.leaf("on_poweroff", text: "destroy")
        xml.leaf("on_reboot", text: "restart")
        xml.leaf("on_crash", text: "destroy")
        xml.open("devices")
        if testbed.isEmbedded, type == nil { xml.leaf("emulator", text: Confinement.emulator) }
        disk(machine, &xml)
        xml.leaf("controller", ["type": "usb", "model": "none"])
        xml.leaf("controller", ["type": "virtio-serial", "index": "0"])
        interfaces(machine, of: testbed, &xml)
        console(machine, &xml)
        channels(machine, &xml)
        xml.open("video")
        xml.leaf("model", ["type": "none"])
        xml.close("video")
        xml.leaf("memballoon", ["model": "none"])
        xml.open("rng", ["model": "virtio"])
        xml.leaf("backend", ["model": "random"], text: "/dev/urandom")
        xml.close("rng")
        xml.close("devices")
        xml.close("domain")
        return xml.text
    }

    private static func boot(_ machine: TestbedSpecification.Machine, _ xml: inout XMLText) {
        xml.open("os")
        xml.leaf("type", ["arch": "x86_64", "machine": "pc"], text: "hvm")
        xml.leaf("kernel", text: machine.kernel)
        xml.leaf("initrd", text: machine.initrd)
        xml.leaf("cmdline", text: machine.commandLine)
        xml.close("os")
    }

    /// - Parameter hasTranslationCache: Whether QEMU emulates the processor and so keeps translated code.
    private static func features(hasTranslationCache: Bool, _ xml: inout XMLText) {
        xml.open("features")
        xml.leaf("acpi")
        xml.leaf("apic")
        if hasTranslationCache {
            xml.open("tcg")
            xml.leaf("tb-cache", ["unit": "MiB"], text: "256")
            xml.close("tcg")
        }
        xml.close("features")
    }

    private static func disk(_ machine: TestbedSpecification.Machine, _ xml: inout XMLText) {
        guard let disk = machine.disk else { return }
        xml.open("disk", ["type": "file", "device": "disk"])
        xml.leaf("driver", ["name": "qemu", "type": "qcow2", "cache": "unsafe", "discard": "unmap", "detect_zeroes": "unmap"])
        xml.leaf("source", ["file": disk])
        xml.leaf("target", ["dev": "vda", "bus": "virtio"])
        xml.close("disk")
    }

    private static func interfaces(_ machine: TestbedSpecification.Machine, of testbed: TestbedSpecification, _ xml: inout XMLText) {
        let networks = Dictionary(testbed.networks.map { ($0.name, $0) }) { first, _ in first }
        for interface in machine.interfaces {
            guard let network = networks[interface.network] else { continue }
            xml.open("interface", ["type": "bridge"])
            xml.leaf("mac", ["address": interface.mac])
            xml.leaf("source", ["bridge": network.bridge])
            xml.leaf("model", ["type": "virtio"])
            xml.leaf("driver", ["name": "qemu"])
            xml.leaf("mtu", ["size": "\(network.mtu)"])
            xml.leaf("rom", ["enabled": "no"])
            xml.close("interface")
        }
    }

    private static func console(_ machine: TestbedSpecification.Machine, _ xml: inout XMLText) {
        for (name, type) in [("serial", "isa-serial"), ("console", "serial")] {
            xml.open(name, ["type": "file"])
            xml.leaf("source", ["path": machine.console, "append": "on"])
            xml.leaf("target", ["type": type, "port": "0"])
            xml.close(name)
        }
    }

    /// The guest agent's port, and the one on which procedures report their steps.
    private static func channels(_ machine: TestbedSpecification.Machine, _ xml: inout XMLText) {
        xml.open("channel", ["type": "unix"])
        xml.leaf("target", ["type": "virtio", "name": agentPort])
        xml.close("channel")
        xml.open("channel", ["type": "file"])
        xml.leaf("source", ["path": machine.steps, "append": "on"])
        xml.leaf("target", ["type": "virtio", "name": stepsPort])
        xml.close("channel")
    }

    /// The same for a name wherever and whenever it is asked for, so that saved memory finds its machine again: two FNV-1a hashes
    /// of 64 bits with the bits of a random UUID (RFC 9562, 4 and 5.4).
    static func uuid(of name: String) -> String {
        func hash(_ salt: String) -> UInt64 {
            (salt + name).utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }
        let high = hash("rehearsal high ") & ~0xf000 | 0x4000
        let low = hash("rehearsal low ") & ~(0b11 << 62) | (0b10 << 62)
        let text = String(format: "%016lx%016lx", high, low)
        var parts: [Substring] = []
        var rest = text[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return parts.joined(separator: "-")
    }

    private static func cpu(_ model: String, _ xml: inout XMLText) {
        switch model {
        case "host-passthrough", "host-model", "maximum":
            xml.leaf("cpu", ["mode": model])
        default:
            xml.open("cpu", ["mode": "custom", "match": "exact", "check": "none"])
            xml.leaf("model", ["fallback": "forbid"], text: model)
            xml.close("cpu")
        }
    }
}
