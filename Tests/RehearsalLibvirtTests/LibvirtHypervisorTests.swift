import Foundation
import RehearsalHost
import RehearsalModel
import RehearsalTestbed
import Testing

@testable import RehearsalLibvirt

/// The hypervisor over another URI than the embedded driver's: libvirt's `test:` driver.
@Suite("hypervisor, over libvirt's test driver")
struct LibvirtHypervisorTests {
    private func specification(_ names: [String]) throws -> TestbedSpecification {
        let directory = NSTemporaryDirectory() + "/hypervisor-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let node = directory + "/node.xml"
        try Data("<node/>".utf8).write(to: URL(fileURLWithPath: node))
        return TestbedSpecification(
            name: "t", directory: directory, accelerator: .tcg, connection: "test://" + node,
            networks: [.init(name: "ctlplane", bridge: "br0")],
            machines: names.enumerated().map { index, name in
                .init(
                    name: name, memoryMiB: 64, kernel: "/boot/vmlinuz", initrd: "/boot/initrd", commandLine: "quiet",
                    interfaces: [.init(network: "ctlplane", mac: "52:54:00:00:00:0\(index)")], console: directory + "/console/\(name)",
                    steps: directory + "/steps/\(name)")
            })
    }

    @Test("machines are raised, driven and razed", .timeLimit(.minutes(1)))
    func lifecycle() async throws {
        let specification = try specification(["controller-0", "compute-0"])
        defer { try? FileManager.default.removeItem(atPath: specification.directory) }
        let hypervisor = try await LibvirtHypervisor.raise(specification, processes: ProcessTable())
        #expect(try await hypervisor.machines().map(\.name) == ["controller-0", "compute-0"])
        let machine = try await hypervisor.machine(named: "controller-0")
        #expect(try await machine.state() == .off)
        try await machine.start()
        #expect(try await machine.state() == .running)
        #expect(FileManager.default.fileExists(atPath: specification.directory + "/console"))
        try await machine.pause()
        #expect(try await machine.state() == .paused)
        try await machine.resume()
        try await machine.destroy()
        try await machine.destroy()
        #expect(try await machine.state() == .off)

        var kinds: [MachineEvent.Kind] = []
        for try await event in hypervisor.eventStream() where event.machine == "controller-0" {
            kinds.append(event.kind)
            if event.kind == .stopped, event.reason == "destroyed" { break }
        }
        #expect(kinds.first == .defined)
        #expect(kinds.contains(.paused) && kinds.contains(.resumed))
        await hypervisor.raze()
        #expect(try await hypervisor.machines().isEmpty)
    }

    @Test("an error names the machine")
    func errors() async throws {
        let specification = try specification(["one"])
        defer { try? FileManager.default.removeItem(atPath: specification.directory) }
        let hypervisor = try await LibvirtHypervisor.raise(specification, processes: ProcessTable())
        let unknown = await #expect(throws: TestbedError.self) { _ = try await hypervisor.machine(named: "two") }
        #expect(unknown?.code == .notFound)
        let machine = try await hypervisor.machine(named: "one")
        let off = await #expect(throws: TestbedError.self) { try await machine.pause() }
        // QEMU's driver says that the state is wrong; the test driver says less.
        #expect(off?.code == .hypervisor)
        #expect(off?.message.hasPrefix("cannot pause machine one: ") == true)
        await hypervisor.raze()
    }

    @Test("a machine without its image does not start")
    func noImage() async throws {
        var specification = try specification(["one"])
        defer { try? FileManager.default.removeItem(atPath: specification.directory) }
        specification.machines[0].disk = specification.directory + "/one.qcow2"
        specification.machines[0].backing = "/nonexistent.raw"
        let hypervisor = try await LibvirtHypervisor.raise(specification, processes: ProcessTable())
        let error = await #expect(throws: TestbedError.self) { try await hypervisor.machine(named: "one").start() }
        #expect(error?.code == .host)
        #expect(error?.message.contains("/nonexistent.raw") == true)
        await hypervisor.raze()
    }

    @Test("QEMU's own words are found in its log")
    func emulatorLog() {
        let log = """
            2026-11-22 16:00:00.000+0000: starting up libvirt version: 9.0.0, hostname: vm
            qemu: an older story
            2026-11-22 16:43:19.000+0000: starting up libvirt version: 9.0.0, hostname: vm
            LC_ALL=C \\
            /usr/bin/qemu-system-x86_64 \\
            -name guest=m1 \\
            -msg timestamp=on
            2026-11-22 16:43:19.917+0000: Domain id=2 is tainted: high-privileges
            qemu: linux kernel too old to load a ram disk
            2026-11-22 16:43:20.065+0000: shutting down, reason=failed
            """
        #expect(LibvirtMachine.said(in: log) == ["qemu: linux kernel too old to load a ram disk"])
    }

    @Test("an unreachable hypervisor is named")
    func unreachable() async throws {
        var specification = try specification(["one"])
        specification.connection = "nosuch:///system"
        let error = await #expect(throws: TestbedError.self) {
            _ = try await LibvirtHypervisor.raise(specification, processes: ProcessTable())
        }
        #expect(error?.code == .hypervisor)
        #expect(error?.message.contains("nosuch:///system") == true)
    }

    @Test("machines of the embedded driver need namespaces of their own")
    func namespaces() async throws {
        var specification = try specification(["one"])
        specification.connection = nil
        let error = await #expect(throws: TestbedError.self) {
            _ = try await LibvirtHypervisor.raise(specification, processes: ProcessTable())
        }
        #expect(error?.code == .host)
        #expect(error?.message.contains("namespaces") == true)
    }
}
