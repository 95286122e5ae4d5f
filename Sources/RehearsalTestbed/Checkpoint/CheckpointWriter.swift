import Foundation
import Glibc
public import RehearsalHost
import RehearsalModel

/// Takes checkpoints of a hypervisor's machines and brings them back.
public struct CheckpointWriter: Sendable {
    let hypervisor: any SnapshottingHypervisor
    private let compressor: CheckpointCompressor
    private let digests = FileDigests()

    /// Makes a writer.
    ///
    /// - Parameter processes: Where `zstd` is run.
    public init(hypervisor: any SnapshottingHypervisor, processes: ProcessTable) {
        self.hypervisor = hypervisor
        compressor = CheckpointCompressor(processes: processes)
    }

    /// Saves all machines that are switched on as they are at one instant; they run on afterwards, also after a failure.
    ///
    /// They stand still while memory is written uncompressed; it may be compressed once they run again. The folder appears under its name
    /// only when it is complete; until then it is called `<folder>.partial`.
    /// - Parameters:
    ///   - specification: The testbed's.
    ///   - folder: An absolute path where nothing is.
    ///   - compressed: Whether memory is compressed, which takes from the machines much of what they would do meanwhile.
    /// - Throws: ``TestbedError``.
    public func take(_ specification: TestbedSpecification, to folder: String, compressed: Bool = true) async throws -> Checkpoint {
        let manager = FileManager.default
        guard folder.hasPrefix("/") else { throw TestbedError(.invalidArgument, "'\(folder)' is not an absolute path") }
        guard !manager.fileExists(atPath: folder) else { throw TestbedError(.invalidState, "there is a checkpoint in \(folder) already") }
        let partial = folder + ".partial"
        try? manager.removeItem(atPath: partial)
        do {
            try manager.createDirectory(atPath: partial, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let names = try await hypervisor.machines().filter { $0.state != .off }.map(\.name)
            let frozen = try await freeze(names) { try await hypervisor.snapshot($0, to: partial) }
            let memories = try await forAll(names) { name in
                try await compressed ? compressor.compress("\(name).memory", in: partial) : file("\(name).memory", in: partial)
            }
            let disks = try await forAll(names) { name in
                var files: [Checkpoint.File] = []
                for disk in frozen.disks[name] ?? [] { files.append(try await file(disk, in: partial, known: true)) }
                return files
            }
            let machines = try specification.machines.compactMap { machine in
                try memories[machine.name].map {
                    Checkpoint.Machine(
                        specification: machine, memory: $0, disks: disks[machine.name] ?? [],
                        backing: try machine.backing.map(Checkpoint.Backing.init))
                }
            }
            let checkpoint = Checkpoint(
                time: frozen.time, stoodStillFrom: frozen.from, stoodStillTo: frozen.to, engine: await hypervisor.hypervisorVersion(),
                spreadSeconds: frozen.spread, machines: machines)
            try checkpoint.write(to: partial)
            try manager.moveItem(atPath: partial, toPath: folder)
            // A run does not wait for this: should the host fail before it is done, the digests tell what did not reach the disk.
            Task { try? await compressor.tool(["sync", "--file-system", folder]) }
            return checkpoint
        } catch {
            try? manager.removeItem(atPath: partial)
            throw error
        }
    }

    /// Brings all machines back as they were, those that were switched off as such. Before, they must be off; afterwards they run on together,
    /// and their clocks show the present.
    ///
    /// - Throws: ``TestbedError`` with code `invalid-state` when a file differs from the manifest; all machines are then off.
    public func restore(_ specification: TestbedSpecification, from folder: String) async throws -> Checkpoint {
        let checkpoint = try Checkpoint(folder: folder)
        let saved = Dictionary(checkpoint.machines.map { ($0.specification.name, $0) }) { first, _ in first }
        guard Set(saved.keys).isSubset(of: specification.machines.map(\.name)) else {
            throw TestbedError(
                .invalidState, "the checkpoint in \(folder) is of other machines: \(saved.keys.sorted().joined(separator: ", "))")
        }
        try checkpoint.check(in: folder, engine: await hypervisor.hypervisorVersion())
        let names = specification.machines.map(\.name).filter { saved[$0] != nil }
        do {
            try await forAll(names) { name in
                if let machine = saved[name] { try await restore(machine, of: specification, from: folder) }
            }
            try await forAll(names) { try await hypervisor.machine(named: $0).resume() }
        } catch {
            for name in names { try? await hypervisor.machine(named: name).destroy() }
            throw error
        }
        try await forAll(names) { try await hypervisor.setClock($0) }
        return checkpoint
    }

    /// Brings one machine back, still frozen, after its files were compared with the manifest.
    private func restore(_ machine: Checkpoint.Machine, of specification: TestbedSpecification, from folder: String) async throws {
        let name = machine.specification.name
        for file in [machine.memory] + machine.disks {
            guard try await self.file(file.name, in: folder) == file else { throw Checkpoint.File.differs(file.name, in: folder) }
        }
        let plain = specification.directory + "/machines/\(name).memory"
        defer { try? FileManager.default.removeItem(atPath: plain) }
        var memory = "\(folder)/\(machine.memory.name)"
        if machine.memory.isCompressed {
            try await compressor.tool(["zstd", "-d", "-q", "-f", memory, "-o", plain])
            memory = plain
        }
        try await hypervisor.restore(
            name, memory: memory, disks: machine.disks.map { "\(folder)/\($0.name)" }, savedAs: machine.specification)
    }

    private struct Frozen {
        var time = Timestamp(nanoseconds: 0)
        var from: Int64 = 0
        var to: Int64 = 0
        var spread = 0.0
        var disks: [String: [String]] = [:]
    }

    /// Freezes all machines, saves each, and lets them run again.
    private func freeze(_ names: [String], _ save: @escaping @Sendable (String) async throws -> [String]) async throws -> Frozen {
        var frozen = Frozen()
        frozen.from = HostClock.monotonicNanoseconds()
        func resume() async throws { try await forAll(names) { try await hypervisor.machine(named: $0).resume() } }
        do {
            try await forAll(names) { try await hypervisor.machine(named: $0).pause() }
            frozen.spread = Double(HostClock.monotonicNanoseconds() - frozen.from) / 1e9
            frozen.time = HostClock.wall()
            frozen.disks = try await forAll(names, save)
        } catch {
            try? await resume()
            throw error
        }
        try await resume()
        frozen.to = HostClock.monotonicNanoseconds()
        return frozen
    }

    @discardableResult
    private func forAll<T: Sendable>(
        _ names: [String], _ body: @escaping @Sendable (String) async throws -> T
    ) async throws -> [String: T] {
        try await withThrowingTaskGroup(of: (String, T).self) { group in
            for name in names { group.addTask { (name, try await body(name)) } }
            // All are waited for, so that no work on a machine is left over when the failure is handled.
            var results: [String: T] = [:]
            var failure: (any Error)?
            while let result = await group.nextResult() {
                switch result {
                case .success(let (name, value)): results[name] = value
                case .failure(let error): failure = failure ?? error
                }
            }
            if let failure { throw failure }
            return results
        }
    }

    /// - Parameter known: Whether the digest may be taken from an earlier reading of the same file under another name, which is right for
    ///   the overlays of frozen disks.
    private func file(_ name: String, in folder: String, known: Bool = false) async throws -> Checkpoint.File {
        let path = "\(folder)/\(name)"
        var status = stat()
        guard stat(path, &status) == 0 else { throw TestbedError(.host, "cannot look at \(path): \(lastSystemError())") }
        let identity = FileDigests.Identity(status)
        if known, let sum = await digests.of(identity) { return Checkpoint.File(name: name, bytes: Int64(status.st_size), sha256: sum) }
        let file = try await Checkpoint.File(at: path)
        await digests.note(file.sha256, of: identity)
        return file
    }
}

/// The digests of overlays that are never written again; with them, lower overlays are not read at every checkpoint.
private actor FileDigests {
    struct Identity: Hashable {
        let device: UInt64, inode: UInt64, bytes: Int64, seconds: Int64, nanoseconds: Int64

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            bytes = Int64(status.st_size)
            seconds = Int64(status.st_mtim.tv_sec)
            nanoseconds = Int64(status.st_mtim.tv_nsec)
        }
    }

    private var sums: [Identity: String] = [:]

    func of(_ identity: Identity) -> String? { sums[identity] }
    func note(_ sum: String, of identity: Identity) { sums[identity] = sum }
}
