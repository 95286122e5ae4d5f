internal import Foundation
internal import Glibc

/// All machines of a testbed as they were at one instant: `checkpoint.json` in the folder that holds their memory and disks.
///
/// A folder without that file is no checkpoint: it is written last.
public struct Checkpoint: Codable, Sendable, Equatable {
    /// One file of a checkpoint.
    public struct File: Codable, Sendable, Equatable {
        /// Its name in the folder.
        public var name: String
        /// Its size in bytes.
        public var bytes: Int64
        /// The SHA-256 of its content, in hexadecimal.
        public var sha256: String

        /// Makes a file's entry.
        public init(name: String, bytes: Int64, sha256: String) {
            self.name = name
            self.bytes = bytes
            self.sha256 = sha256
        }

        static let compressedEnding = ".zst"
        /// Whether it was compressed by zstd.
        public var isCompressed: Bool { name.hasSuffix(Self.compressedEnding) }

        /// Reads a file for its entry.
        init(at path: String) async throws {
            var status = stat()
            guard stat(path, &status) == 0 else { throw TestbedError(.host, "cannot look at \(path): \(lastSystemError())") }
            let sum = try await FileDigest.sha256(ofFile: path)
            self.init(name: (path as NSString).lastPathComponent, bytes: Int64(status.st_size), sha256: sum)
        }
    }

    /// One machine.
    public struct Machine: Codable, Sendable, Equatable {
        /// The machine as it was specified: its paths are in the saved configuration.
        public var specification: TestbedSpecification.Machine
        /// Memory and device state: compressed by zstd if its name ends in `.zst`.
        public var memory: File
        /// The disk's overlays, none of which is ever written again: the one on the specification's backing image first, each further
        /// one on the one before it, which it names by its file name alone.
        public var disks: [File]

        /// Makes a machine's entry.
        public init(specification: TestbedSpecification.Machine, memory: File, disks: [File]) {
            self.specification = specification
            self.memory = memory
            self.disks = disks
        }
    }

    /// The manifest's name.
    public static let manifest = "checkpoint.json"

    /// When the last machine stood still, in nanoseconds since the Unix epoch, UTC.
    public var time: Int64
    /// When the first machine stood still, by the host's monotonic clock, in nanoseconds.
    public var stoodStillFrom: Int64
    /// When the last machine went on, by the same clock.
    public var stoodStillTo: Int64
    /// What ran the machines; see ``MachineSaver/engine()``.
    public var engine: String
    /// Seconds between the first machine standing still and the last.
    public var spreadSeconds: Double
    /// The machines, in the order of the specification.
    public var machines: [Machine]

    /// Makes a checkpoint's manifest.
    public init(
        time: Int64, stoodStillFrom: Int64, stoodStillTo: Int64, engine: String, spreadSeconds: Double, machines: [Machine]
    ) {
        self.time = time
        self.stoodStillFrom = stoodStillFrom
        self.stoodStillTo = stoodStillTo
        self.engine = engine
        self.spreadSeconds = spreadSeconds
        self.machines = machines
    }

    /// Seconds between the first machine standing still and the last going on.
    public var pauseSeconds: Double { Double(stoodStillTo - stoodStillFrom) / 1e9 }

    /// What all files hold, in bytes; disks may share theirs with other checkpoints and a testbed.
    public var bytes: Int64 { machines.reduce(0) { $0 + $1.memory.bytes + $1.disks.reduce(0) { $0 + $1.bytes } } }

    /// Whether a folder is a checkpoint.
    public static func isThere(folder: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + manifest) }

    /// Reads the manifest of a folder.
    ///
    /// - Throws: ``TestbedError`` with code `not-found` if the folder is no checkpoint.
    public init(folder: String) throws {
        let path = folder + "/" + Self.manifest
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TestbedError(.notFound, "there is no checkpoint in \(folder)")
        }
        do {
            self = try JSONDecoder().decode(Checkpoint.self, from: data)
        } catch let error as DecodingError {
            throw TestbedError(.invalidState, "cannot read \(path): \(error.explanation)", hint: "remove the checkpoint")
        }
    }

    /// Writes the manifest, which makes the folder a checkpoint.
    func write(to folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(fileURLWithPath: folder + "/" + Self.manifest), options: .atomic)
    }
}

/// The digests of files that are not written any more, so that the disks below are not read again at every checkpoint.
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

/// Takes checkpoints of a hypervisor's machines and brings them back.
public struct CheckpointWriter: Sendable {
    let hypervisor: any MachineSaver
    private let compressor: CheckpointCompressor
    private let digests = FileDigests()

    /// Makes a writer.
    ///
    /// - Parameter processes: Where `zstd` is run.
    public init(hypervisor: any MachineSaver, processes: ProcessTable) {
        self.hypervisor = hypervisor
        compressor = CheckpointCompressor(processes: processes)
    }

    /// Saves all machines as they are at one instant; they go on afterwards, also after a failure.
    ///
    /// They stand still while memory is written uncompressed; it may be compressed once they run again. The folder appears whole, under
    /// its name, or not at all: what is there until then is called `<folder>.partial`.
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
            let names = specification.machines.map(\.name)
            let frozen = try await freeze(names) { try await hypervisor.snapshot($0, to: partial) }
            let memories = try await forAll(names) { name in
                try await compressed ? compressor.compress("\(name).memory", in: partial) : file("\(name).memory", in: partial)
            }
            let disks = try await forAll(names) { name in
                var files: [Checkpoint.File] = []
                for disk in frozen.disks[name] ?? [] { files.append(try await file(disk, in: partial, known: true)) }
                return files
            }
            let machines = specification.machines.compactMap { machine in
                memories[machine.name].map { Checkpoint.Machine(specification: machine, memory: $0, disks: disks[machine.name] ?? []) }
            }
            let checkpoint = Checkpoint(
                time: frozen.time, stoodStillFrom: frozen.from, stoodStillTo: frozen.to, engine: await hypervisor.engine(),
                spreadSeconds: frozen.spread, machines: machines)
            try checkpoint.write(to: partial)
            try manager.moveItem(atPath: partial, toPath: folder)
            // Not waited for, a run has better to do: should the host fail before it is done, digests tell what did not reach the disk.
            Task { try? await compressor.tool(["sync", "--file-system", folder]) }
            return checkpoint
        } catch {
            try? manager.removeItem(atPath: partial)
            throw error
        }
    }

    /// Brings all machines back, switched off until now, as they were; they go on together, with the time of now.
    ///
    /// - Throws: ``TestbedError`` with code `invalid-state` when a file is not what the manifest says; then no machine is on.
    public func restore(_ specification: TestbedSpecification, from folder: String) async throws -> Checkpoint {
        let checkpoint = try Checkpoint(folder: folder)
        let saved = Dictionary(checkpoint.machines.map { ($0.specification.name, $0) }) { first, _ in first }
        guard Set(saved.keys) == Set(specification.machines.map(\.name)) else {
            throw TestbedError(
                .invalidState, "the checkpoint in \(folder) is of other machines: \(saved.keys.sorted().joined(separator: ", "))")
        }
        let engine = await hypervisor.engine()
        guard checkpoint.engine == engine else {
            throw TestbedError(
                .invalidState, "the checkpoint in \(folder) is of machines run by \(checkpoint.engine); here is \(engine)",
                hint: "boot the machines instead (--cold)")
        }
        do {
            try await forAll(specification.machines.map(\.name)) { name in
                guard let machine = saved[name] else { return }
                for file in [machine.memory] + machine.disks {
                    guard try await self.file(file.name, in: folder) == file else {
                        throw TestbedError(
                            .invalidState, "\(folder)/\(file.name) is not what was saved: its size or digest differs",
                            hint: "remove the checkpoint with `rehearse checkpoint rm`")
                    }
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
            try await forAll(specification.machines.map(\.name)) { try await hypervisor.machine(named: $0).resume() }
        } catch {
            for name in specification.machines.map(\.name) { try? await hypervisor.machine(named: name).destroy() }
            throw error
        }
        try await forAll(specification.machines.map(\.name)) { try await hypervisor.setClock($0) }
        return checkpoint
    }

    private struct Frozen {
        var time: Int64 = 0
        var from: Int64 = 0
        var to: Int64 = 0
        var spread = 0.0
        var disks: [String: [String]] = [:]
    }

    /// Lets all machines stand still, saves each, and lets them go on.
    private func freeze(_ names: [String], _ save: @escaping @Sendable (String) async throws -> [String]) async throws -> Frozen {
        var frozen = Frozen()
        frozen.from = monotonicNanoseconds()
        func goOn() async throws { try await forAll(names) { try await hypervisor.machine(named: $0).resume() } }
        do {
            try await forAll(names) { try await hypervisor.machine(named: $0).pause() }
            frozen.spread = Double(monotonicNanoseconds() - frozen.from) / 1e9
            frozen.time = nowNanoseconds()
            frozen.disks = try await forAll(names, save)
        } catch {
            try? await goOn()
            throw error
        }
        try await goOn()
        frozen.to = monotonicNanoseconds()
        return frozen
    }

    @discardableResult
    private func forAll<T: Sendable>(
        _ names: [String], _ body: @escaping @Sendable (String) async throws -> T
    ) async throws -> [String: T] {
        try await withThrowingTaskGroup(of: (String, T).self) { group in
            for name in names { group.addTask { (name, try await body(name)) } }
            // All are waited for, so that nothing is still being done to a machine when the failure is dealt with.
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

    /// - Parameter known: Whether a digest may be one that this writer took of the same file under another name: a frozen disk's.
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

/// Compresses the memory that machines had at a checkpoint.
public struct CheckpointCompressor: Sendable {
    private let processes: ProcessTable

    /// - Parameter processes: Where `zstd` is run.
    public init(processes: ProcessTable) { self.processes = processes }

    /// Compresses what is not yet compressed in a checkpoint that no one else changes meanwhile.
    ///
    /// The manifest is written before what it does not name any more is removed, so that the checkpoint is whole at every instant.
    /// - Returns: Whether anything was left to do.
    /// - Throws: ``TestbedError``; then the checkpoint is as good as before.
    @discardableResult
    public func compress(_ folder: String) async throws -> Bool {
        var checkpoint = try Checkpoint(folder: folder)
        let plain = checkpoint.machines.map(\.memory).filter { !$0.isCompressed }
        for index in checkpoint.machines.indices where !checkpoint.machines[index].memory.isCompressed {
            checkpoint.machines[index].memory = try await compress(checkpoint.machines[index].memory.name, in: folder, keeping: true)
        }
        if !plain.isEmpty { try checkpoint.write(to: folder) }
        // Also those a process that was killed here has left.
        for machine in checkpoint.machines { unlink("\(folder)/\(machine.specification.name).memory") }
        return !plain.isEmpty
    }

    fileprivate func compress(_ name: String, in folder: String, keeping: Bool = false) async throws -> Checkpoint.File {
        let path = "\(folder)/\(name)\(Checkpoint.File.compressedEnding)"
        do {
            // Level -2 takes three fifths of the time of level 1 for files a sixth larger, of memory of these services.
            try await tool(["zstd", "--fast=2", "-q", "-f"] + (keeping ? [] : ["--rm"]) + ["\(folder)/\(name)", "-o", path])
        } catch {
            unlink(path)
            throw error
        }
        return try await Checkpoint.File(at: path)
    }

    @discardableResult
    fileprivate func tool(_ argv: [String]) async throws -> String {
        let result = try await processes.run(argv, timeout: 600)
        guard result.isSuccess else {
            throw TestbedError(
                .host, "'\(argv.joined(separator: " "))' failed: \(result.standardError.trimmingCharacters(in: .whitespacesAndNewlines))",
                hint: "look at the free space there")
        }
        return result.standardOutput
    }
}
