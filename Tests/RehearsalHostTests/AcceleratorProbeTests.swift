import Foundation
import RehearsalModel
import Testing

@testable import RehearsalHost

@Suite("choice of the accelerator")
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

    @Test("KVM is chosen when a guest comes up under it")
    func kvm() async throws {
        try await withDirectory { directory in
            let result = try await probe(works, directory: directory).run()
            #expect(result.accelerator == .kvm)
            #expect(result.cpuModel == "host-passthrough")
            #expect(result.slowness == 12)
        }
    }

    @Test("TCG is chosen when guests hang under KVM", .timeLimit(.minutes(1)))
    func tcg() async throws {
        try await withDirectory { directory in
            let result = try await probe("[ $accel = kvm ] && sleep 20; \(works)", directory: directory).run()
            #expect(result.accelerator == .tcg)
            #expect(result.cpuModel == "Nehalem")
            #expect(result.reason.contains("opens, but with processor host-passthrough a guest did not reach its first program in 0.5 s"))
        }
    }

    @Test("the reason repeats the emulator's words")
    func reason() async throws {
        try await withDirectory { directory in
            let result = try await probe("[ $accel = kvm ] && { echo broken >&2; exit 1; }; \(works)", directory: directory).run()
            #expect(result.reason.contains(": broken"))
        }
    }

    @Test("nothing that boots is an error")
    func nothing() async throws {
        try await withDirectory { directory in
            let probe = try probe("echo hopeless; exit 1", directory: directory)
            let error = await #expect(throws: HostError.self) { _ = try await probe.run() }
            #expect(error?.code == .host)
            #expect(error?.message.contains("hopeless") == true)
        }
    }

    @Test("the choice is kept until the host boots again")
    func kept() async throws {
        try await withDirectory { directory in
            var probe = try probe(works, directory: directory)
            let cache = directory + "/cache/accelerator.json"
            let first = try await probe.cached(in: cache)
            #expect(first.bootID == HostClock.bootID())
            #expect(try await probe.cached(in: cache) == first)
            let emulator = probe.emulator
            probe.emulator = "/nonexistent"  // another emulator is measured anew, as after its update
            await #expect(throws: HostError.self) { _ = try await probe.cached(in: cache) }
            probe.emulator = emulator
            var other = first
            other.bootID = "another boot"
            other.measured = Timestamp(nanoseconds: 0)
            try JSONEncoder().encode(other).write(to: URL(fileURLWithPath: cache))
            #expect(try await probe.cached(in: cache).measured.nanoseconds > 0)
        }
    }

    @Test("the speed is measured again if the host was busy with other work")
    func disturbed() async throws {
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

    @Test("only whole lines of the console are read")
    func wholeLines() {
        #expect(AcceleratorProbe.loopSeconds(in: "x\nREHEARSAL-PROBE-LOOP 12") == nil)
        #expect(AcceleratorProbe.loopSeconds(in: "x\r\nREHEARSAL-PROBE-LOOP 1234\r\n") == 12.34)
    }
}
