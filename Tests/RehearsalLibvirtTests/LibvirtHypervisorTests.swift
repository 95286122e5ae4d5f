import Foundation
import RehearsalTestbed
import Testing

@testable import RehearsalLibvirt

/// The hypervisor over another URI than the embedded driver's: libvirt's `test:` driver.
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

    @Test(.timeLimit(.minutes(1))) func raisesAndRazes() async throws {
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

        var kinds: [String] = []
        for try await event in hypervisor.eventStream() where event.machine == "controller-0" {
            kinds.append(event.kind)
            if event.kind == "stopped", event.reason == "destroyed" { break }
        }
        #expect(kinds.first == "defined")
        #expect(kinds.contains("paused") && kinds.contains("resumed"))
        await hypervisor.raze()
        #expect(try await hypervisor.machines().isEmpty)
    }

    @Test func errorsNameTheMachine() async throws {
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

    @Test func aMachineWithoutItsImageDoesNotStart() async throws {
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

    @Test func whatQEMUSaidIsFoundInItsLog() {
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

    @Test func anUnreachableHypervisorIsNamed() async throws {
        var specification = try specification(["one"])
        specification.connection = "nosuch:///system"
        let error = await #expect(throws: TestbedError.self) {
            _ = try await LibvirtHypervisor.raise(specification, processes: ProcessTable())
        }
        #expect(error?.code == .hypervisor)
        #expect(error?.message.contains("nosuch:///system") == true)
    }

    @Test func embeddedMachinesNeedNamespacesOfTheirOwn() async throws {
        var specification = try specification(["one"])
        specification.connection = nil
        let error = await #expect(throws: TestbedError.self) {
            _ = try await LibvirtHypervisor.raise(specification, processes: ProcessTable())
        }
        #expect(error?.code == .host)
        #expect(error?.message.contains("namespaces") == true)
    }
}

struct AcceleratorProbeTests {
    /// A probe whose emulator is a script that behaves as told.
    private func probe(_ script: String, directory: String) throws -> AcceleratorProbe {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        func make(_ name: String, _ content: String) throws -> String {
            let path = directory + "/" + name
            try Data(content.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            return path
        }
        var probe = AcceleratorProbe(
            kernel: try make("kernel", ""), initrd: try make("initrd", ""), loop: try make("loop", "echo REHEARSAL-PROBE-LOOP 50"),
            busybox: try make("busybox", "#!/bin/sh\nshift\nexec sh \"$@\"\n"))
        probe.emulator = try make(
            "emulator",
            "#!/bin/sh\nfor a; do case $a in file,id=console,path=*) console=${a#*path=};; kvm|tcg) accel=$a;; esac; done\n\(script)\n")
        probe.device = "/dev/null"
        probe.statistics = "/dev/null"
        probe.kvmBound = 0.5
        return probe
    }

    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = NSTemporaryDirectory() + "/probe-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    private let works = "printf 'REHEARSAL-PROBE-UP\\r\\nREHEARSAL-PROBE-LOOP 600\\r\\n' > $console; sleep 20"

    @Test func takesKVMWhenAGuestComesUp() async throws {
        try await withDirectory { directory in
            let result = try await probe(works, directory: directory).run()
            #expect(result.accelerator == .kvm)
            #expect(result.cpuModel == "host-passthrough")
            #expect(result.slowness == 12)
        }
    }

    @Test(.timeLimit(.minutes(1))) func takesTCGWhenGuestsHangUnderKVM() async throws {
        try await withDirectory { directory in
            let result = try await probe("[ $accel = kvm ] && sleep 20; \(works)", directory: directory).run()
            #expect(result.accelerator == .tcg)
            #expect(result.cpuModel == "Nehalem")
            #expect(result.reason.contains("opens, but with processor host-passthrough a guest did not reach its first program in 0.5 s"))
        }
    }

    @Test func saysWhatTheEmulatorSaid() async throws {
        try await withDirectory { directory in
            let result = try await probe("[ $accel = kvm ] && { echo broken >&2; exit 1; }; \(works)", directory: directory).run()
            #expect(result.reason.contains(": broken"))
        }
    }

    @Test func failsWhenNothingBoots() async throws {
        try await withDirectory { directory in
            let probe = try probe("echo hopeless; exit 1", directory: directory)
            let error = await #expect(throws: TestbedError.self) { _ = try await probe.run() }
            #expect(error?.code == .host)
            #expect(error?.message.contains("hopeless") == true)
        }
    }

    @Test func isCachedPerBootOfTheHost() async throws {
        try await withDirectory { directory in
            var probe = try probe(works, directory: directory)
            let cache = directory + "/cache/accelerator.json"
            let first = try await probe.cached(in: cache)
            #expect(first.bootID == AcceleratorProbe.bootID())
            #expect(try await probe.cached(in: cache) == first)
            let emulator = probe.emulator
            probe.emulator = "/nonexistent"  // another emulator is measured anew, as after its update
            await #expect(throws: TestbedError.self) { _ = try await probe.cached(in: cache) }
            probe.emulator = emulator
            var other = first
            other.bootID = "another boot"
            other.measured = 0
            try JSONEncoder().encode(other).write(to: URL(fileURLWithPath: cache))
            #expect(try await probe.cached(in: cache).measured > 0)
        }
    }

    @Test func isMeasuredAgainAfterOtherWork() async throws {
        try await withDirectory { directory in
            // The emulator adds to the host's busy time what the test wants, and its loop takes as long as the test wants.
            var probe = try probe(
                "sleep 0.3; cat $0.after > $0.stat; printf 'REHEARSAL-PROBE-UP\\n' > $console; cat $0.loop >> $console; sleep 20",
                directory: directory)
            probe.statistics = probe.emulator + ".stat"
            let cache = directory + "/cache/accelerator.json"
            func host(busy: Int, loop: Int) throws {
                for (name, text) in [
                    ("stat", "cpu 100 0 0 0 0 0 0 0 0 0\n"), ("after", "cpu \(100 + busy) 0 0 0 0 0 0 0 0 0\n"),
                    ("loop", "REHEARSAL-PROBE-LOOP \(loop)\n"),
                ] { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(probe.emulator).\(name)")) }
            }
            try host(busy: 10000, loop: 3000)
            let busy = try await probe.cached(in: cache)
            #expect(busy.isDisturbed)
            #expect(busy.slowness == 60)
            try host(busy: 10000, loop: 4000)
            #expect(try await probe.cached(in: cache).slowness == 60)
            try host(busy: 10000, loop: 2000)
            #expect(try await probe.cached(in: cache).slowness == 40)
            try host(busy: 0, loop: 2500)
            let quiet = try await probe.cached(in: cache)
            #expect(!quiet.isDisturbed)
            #expect(quiet.slowness == 50)
            try host(busy: 10000, loop: 500)
            #expect(try await probe.cached(in: cache) == quiet)
        }
    }

    @Test func readsOnlyWholeLines() {
        #expect(AcceleratorProbe.loopSeconds(in: "x\nREHEARSAL-PROBE-LOOP 12") == nil)
        #expect(AcceleratorProbe.loopSeconds(in: "x\r\nREHEARSAL-PROBE-LOOP 1234\r\n") == 12.34)
    }
}
