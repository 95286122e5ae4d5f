import Foundation
import Glibc
import RehearsalHost
public import RehearsalModel

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

        /// The error that a file is not what the manifest says.
        static func differs(_ name: String, in folder: String) -> TestbedError {
            TestbedError(
                .invalidState, "\(folder)/\(name) is not what was saved: its size or digest differs",
                hint: "remove the checkpoint with `rehearse checkpoint rm`")
        }

        /// Reads a file for its entry.
        init(at path: String) async throws {
            var status = stat()
            guard stat(path, &status) == 0 else { throw TestbedError(.host, "cannot look at \(path): \(lastSystemError())") }
            let sum = try await SHA256Sum.ofFile(path)
            self.init(name: (path as NSString).lastPathComponent, bytes: Int64(status.st_size), sha256: sum)
        }
    }

    /// The image below a machine's disks. An image that was built again under the same path holds another file system, with which what
    /// the machine's memory knows of its disk would be wrong.
    public struct Backing: Codable, Sendable, Equatable {
        /// Its size in bytes.
        public var bytes: Int64
        /// When it was last written, in nanoseconds since 1970.
        public var modified: Int64
        /// Its inode: a copy is another file.
        public var inode: UInt64

        /// Looks at an image.
        init(at path: String) throws {
            var status = stat()
            guard stat(path, &status) == 0 else { throw TestbedError(.host, "cannot look at \(path): \(lastSystemError())") }
            bytes = Int64(status.st_size)
            modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            inode = UInt64(status.st_ino)
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
        /// The image below them; nil if there is none, or in a checkpoint that was taken before this was noted.
        public var backing: Backing?

        /// Makes a machine's entry.
        public init(specification: TestbedSpecification.Machine, memory: File, disks: [File], backing: Backing? = nil) {
            self.specification = specification
            self.memory = memory
            self.disks = disks
            self.backing = backing
        }
    }

    /// The manifest's name.
    public static let manifest = "checkpoint.json"

    /// When the last machine stood still.
    public var time: Timestamp
    /// When the first machine stood still, by the host's monotonic clock, in nanoseconds.
    public var stoodStillFrom: Int64
    /// When the last machine went on, by the same clock.
    public var stoodStillTo: Int64
    /// What ran the machines; see ``SnapshottingHypervisor/hypervisorVersion()``.
    public var engine: String
    /// Seconds between the first machine standing still and the last.
    public var spreadSeconds: Double
    /// The machines, in the order of the specification.
    public var machines: [Machine]

    /// Makes a checkpoint's manifest.
    public init(
        time: Timestamp, stoodStillFrom: Int64, stoodStillTo: Int64, engine: String, spreadSeconds: Double, machines: [Machine]
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

    /// Refuses a checkpoint that cannot be brought back here, as far as that is known without reading its files.
    ///
    /// - Parameters:
    ///   - folder: Where it is.
    ///   - engine: What would run the machines.
    /// - Throws: ``TestbedError`` with code `invalid-state`.
    public func check(in folder: String, engine: String) throws {
        guard self.engine == engine else {
            throw TestbedError(
                .invalidState, "the checkpoint in \(folder) is of machines run by \(self.engine); here is \(engine)",
                hint: "boot the machines instead (--cold)")
        }
        for machine in machines {
            for file in [machine.memory] + machine.disks {
                var status = stat()
                guard stat("\(folder)/\(file.name)", &status) == 0, Int64(status.st_size) == file.bytes else {
                    throw File.differs(file.name, in: folder)
                }
            }
            guard let saved = machine.backing, let image = machine.specification.backing else { continue }
            guard (try? Backing(at: image)) == saved else {
                throw TestbedError(
                    .invalidState, "the checkpoint in \(folder) lies on another image than \(image) is now",
                    hint: "images that were built again cannot take an old one's place: start a new run")
            }
        }
    }

    /// Writes the manifest, which makes the folder a checkpoint.
    func write(to folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(fileURLWithPath: folder + "/" + Self.manifest), options: .atomic)
    }
}
