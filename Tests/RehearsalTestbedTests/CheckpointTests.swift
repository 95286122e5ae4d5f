import Foundation
import RehearsalHost
import RehearsalModel
import RehearsalTesting
import Testing

@testable import RehearsalTestbed

@Suite("checkpoints", .timeLimit(.minutes(1)))
struct CheckpointTests {
    private let names = ["controller-0", "compute-0"]

    private func withTestbed(
        _ body: (FakeHypervisor, CheckpointWriter, TestbedSpecification, _ folder: String) async throws -> Void
    ) async throws {
        let directory = NSTemporaryDirectory() + "/checkpoint-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory + "/machines", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let specification = TestbedSpecification(
            name: "t", directory: directory, accelerator: .tcg,
            machines: names.map {
                .init(name: $0, memoryMiB: 1, kernel: "/k", initrd: "/i", commandLine: "", disk: "/d/\($0)", console: "/c", steps: "/s")
            })
        let hypervisor = FakeHypervisor(machines: names)
        for name in names { try await hypervisor.machine(named: name).start() }
        try await body(
            hypervisor, CheckpointWriter(hypervisor: hypervisor, processes: ProcessTable()), specification, directory + "/ready")
    }

    private func destroyAll(_ hypervisor: FakeHypervisor) async throws {
        for name in names { try await hypervisor.machine(named: name).destroy() }
    }

    @Test("a manifest is read and written as those of earlier versions")
    func manifest() throws {
        let scratch = Scratch()
        let text = """
            {
              "engine" : "libvirt 11.3.0, /usr/bin/qemu-system-x86_64 1 2",
              "machines" : [
                {
                  "disks" : [

                  ],
                  "memory" : {
                    "bytes" : 3,
                    "name" : "m.memory.zst",
                    "sha256" : "ba7816bf"
                  },
                  "specification" : {
                    "commandLine" : "quiet",
                    "console" : "/c",
                    "initrd" : "/i",
                    "interfaces" : [

                    ],
                    "kernel" : "/k",
                    "memoryMiB" : 512,
                    "name" : "m",
                    "steps" : "/s",
                    "vcpus" : 1
                  }
                }
              ],
              "spreadSeconds" : 0.25,
              "stoodStillFrom" : 1000000000,
              "stoodStillTo" : 3500000000,
              "time" : 1700000000000000001
            }
            """
        let directory = scratch.url
        defer { withExtendedLifetime(scratch) {} }
        let path = directory.appendingPathComponent(Checkpoint.manifest)
        try Data(text.utf8).write(to: path)
        let checkpoint = try Checkpoint(folder: directory.path)
        #expect(checkpoint.pauseSeconds == 2.5)
        #expect(checkpoint.machines.first?.memory.isCompressed == true)
        try checkpoint.write(to: directory.path)
        #expect(try String(contentsOf: path, encoding: .utf8) == text)
    }

    @Test("a checkpoint is whole or absent")
    func whole() async throws {
        try await withTestbed { hypervisor, writer, specification, folder in
            let taken = try await writer.take(specification, to: folder)
            #expect(try Checkpoint(folder: folder) == taken)
            #expect(taken.spreadSeconds >= 0 && taken.pauseSeconds >= taken.spreadSeconds)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(
                files == ["checkpoint.json", "compute-0.memory.zst", "compute-0.qcow2", "controller-0.memory.zst", "controller-0.qcow2"])
            #expect(!FileManager.default.fileExists(atPath: folder + ".partial"))
        }
        try await withTestbed { hypervisor, writer, specification, folder in
            await hypervisor.crash("compute-0")
            let error = await #expect(throws: TestbedError.self) { _ = try await writer.take(specification, to: folder) }
            #expect(error?.message.contains("compute-0") == true)
            // The others go on, and nothing is left.
            #expect(try await hypervisor.machine(named: "controller-0").state() == .running)
            let left = try FileManager.default.contentsOfDirectory(atPath: specification.directory)
            #expect(left == ["machines"])
        }
    }

    @Test("the pause is given by the monotonic clock")
    func pause() async throws {
        try await withTestbed { _, writer, specification, folder in
            let before = HostClock.monotonicNanoseconds()
            let taken = try await writer.take(specification, to: folder)
            #expect(before <= taken.stoodStillFrom && taken.stoodStillFrom < taken.stoodStillTo)
            #expect(taken.stoodStillTo <= HostClock.monotonicNanoseconds())
        }
    }

    @Test("the remains of a killed keeper are replaced")
    func remains() async throws {
        try await withTestbed { _, writer, specification, folder in
            try FileManager.default.createDirectory(atPath: folder + ".partial", withIntermediateDirectories: false)
            try Data("half".utf8).write(to: URL(fileURLWithPath: folder + ".partial/controller-0.memory"))
            #expect(throws: TestbedError.self) { try Checkpoint(folder: folder + ".partial") }
            _ = try await writer.take(specification, to: folder)
            #expect(try Checkpoint(folder: folder).machines.count == 2)
        }
    }

    @Test("a checkpoint is compressed later")
    func compressed() async throws {
        try await withTestbed { hypervisor, writer, specification, folder in
            let taken = try await writer.take(specification, to: folder, compressed: false)
            #expect(taken.machines.map(\.memory.name) == ["controller-0.memory", "compute-0.memory"])
            let memory = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/compute-0.memory"))
            // A process that was killed while it compressed has left this.
            try Data("half".utf8).write(to: URL(fileURLWithPath: "\(folder)/compute-0.memory.zst"))
            let compressor = CheckpointCompressor(processes: ProcessTable())
            #expect(try await compressor.compress(folder))
            let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(
                files == ["checkpoint.json", "compute-0.memory.zst", "compute-0.qcow2", "controller-0.memory.zst", "controller-0.qcow2"])
            // And one that was killed at its end, this.
            try memory.write(to: URL(fileURLWithPath: "\(folder)/compute-0.memory"))
            #expect(try await !compressor.compress(folder))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == files)
            var expected = taken
            expected.machines = try Checkpoint(folder: folder).machines
            #expect(try Checkpoint(folder: folder) == expected)
            try await destroyAll(hypervisor)
            _ = try await writer.restore(specification, from: folder)
            #expect(try await hypervisor.machines().map(\.state) == [.running, .running])
        }
    }

    @Test("a machine that is switched off is not in a checkpoint, and is off when that is brought back")
    func switchedOff() async throws {
        try await withTestbed { hypervisor, writer, specification, folder in
            try await hypervisor.machine(named: "compute-0").destroy()
            let taken = try await writer.take(specification, to: folder, compressed: false)
            #expect(taken.machines.map(\.specification.name) == ["controller-0"])
            #expect(try await hypervisor.machine(named: "controller-0").state() == .running)
            try await destroyAll(hypervisor)
            _ = try await writer.restore(specification, from: folder)
            #expect(try await hypervisor.machine(named: "controller-0").state() == .running)
            #expect(try await hypervisor.machine(named: "compute-0").state() == .off)
        }
    }

    @Test("an uncompressed checkpoint can be restored")
    func uncompressed() async throws {
        try await withTestbed { hypervisor, writer, specification, folder in
            _ = try await writer.take(specification, to: folder, compressed: false)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            try await destroyAll(hypervisor)
            _ = try await writer.restore(specification, from: folder)
            #expect(try await hypervisor.machines().map(\.state) == [.running, .running])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == files)
            try await destroyAll(hypervisor)
            try Data("other".utf8).write(to: URL(fileURLWithPath: "\(folder)/compute-0.memory"))
            let error = await #expect(throws: TestbedError.self) { _ = try await writer.restore(specification, from: folder) }
            #expect(error?.code == .invalidState)
        }
    }

    @Test("a checkpoint on an image that was built again is refused, and so is one with a file that was cut")
    func otherImage() async throws {
        try await withTestbed { hypervisor, writer, specification, folder in
            let image = specification.directory + "/image.qcow2"
            try Data("image".utf8).write(to: URL(filePath: image))
            var specification = specification
            for index in specification.machines.indices { specification.machines[index].backing = image }
            let taken = try await writer.take(specification, to: folder)
            let engine = await hypervisor.hypervisorVersion()
            try taken.check(in: folder, engine: engine)
            try FileManager.default.removeItem(atPath: image)
            try Data("again".utf8).write(to: URL(filePath: image))
            let refused = #expect(throws: TestbedError.self) { try taken.check(in: folder, engine: engine) }
            #expect(refused?.code == .invalidState && refused?.message.contains("another image") == true)
            try await destroyAll(hypervisor)
            await #expect(throws: TestbedError.self) { _ = try await writer.restore(specification, from: folder) }
        }
        try await withTestbed { hypervisor, writer, specification, folder in
            let taken = try await writer.take(specification, to: folder, compressed: false)
            try Data().write(to: URL(filePath: "\(folder)/compute-0.memory"))
            let engine = await hypervisor.hypervisorVersion()
            #expect(throws: TestbedError.self) { try taken.check(in: folder, engine: engine) }
        }
    }

    @Test("a checkpoint that cannot be compressed stays as it is")
    func incompressible() async throws {
        try await withTestbed { _, writer, specification, folder in
            let taken = try await writer.take(specification, to: folder, compressed: false)
            try FileManager.default.createDirectory(atPath: "\(folder)/compute-0.memory.zst", withIntermediateDirectories: false)
            await #expect(throws: TestbedError.self) { try await CheckpointCompressor(processes: ProcessTable()).compress(folder) }
            #expect(try Checkpoint(folder: folder) == taken)
            for machine in taken.machines {
                let path = "\(folder)/\(machine.memory.name)"
                #expect(try await SHA256Sum.ofFile(path) == machine.memory.sha256)
            }
        }
    }

    @Test("altered or truncated files are refused", arguments: ["compute-0.memory.zst", "controller-0.qcow2"], [true, false])
    func altered(file: String, truncated: Bool) async throws {
        try await withTestbed { hypervisor, writer, specification, folder in
            _ = try await writer.take(specification, to: folder)
            try await destroyAll(hypervisor)
            let url = URL(fileURLWithPath: "\(folder)/\(file)")
            var content = try Data(contentsOf: url)
            if truncated { content.removeLast() } else { content[content.startIndex + content.count / 2] ^= 1 }
            try content.write(to: url)
            let error = await #expect(throws: TestbedError.self) { _ = try await writer.restore(specification, from: folder) }
            #expect(error?.code == .invalidState)
            #expect(error?.message.contains(file) == true)
            #expect(try await hypervisor.machines().map(\.state) == [.off, .off])
        }
    }

    @Test("a checkpoint of other machines is refused")
    func otherMachines() async throws {
        try await withTestbed { hypervisor, writer, specification, folder in
            _ = try await writer.take(specification, to: folder)
            try await destroyAll(hypervisor)
            var other = specification
            other.machines.removeLast()
            let error = await #expect(throws: TestbedError.self) { _ = try await writer.restore(other, from: folder) }
            #expect(error?.code == .invalidState)
        }
    }

    @Test("a checkpoint of another hypervisor is refused, and both are named")
    func otherHypervisor() async throws {
        try await withTestbed { hypervisor, writer, specification, folder in
            _ = try await writer.take(specification, to: folder)
            try await destroyAll(hypervisor)
            await hypervisor.update(version: "fake 2")
            let error = await #expect(throws: TestbedError.self) { _ = try await writer.restore(specification, from: folder) }
            #expect(error?.code == .invalidState)
            #expect(error?.message.contains("fake 1") == true && error?.message.contains("fake 2") == true)
        }
    }
}
