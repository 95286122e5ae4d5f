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

        /// Reads a file for its entry.
        init(at path: String) async throws {
            var status = stat()
            guard stat(path, &status) == 0 else { throw TestbedError(.host, "cannot look at \(path): \(lastSystemError())") }
            let sum = try await SHA256Sum.ofFile(path)
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

    /// Writes the manifest, which makes the folder a checkpoint.
    func write(to folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(fileURLWithPath: folder + "/" + Self.manifest), options: .atomic)
    }
}
