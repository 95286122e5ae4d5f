import Foundation
import RehearsalImages
import RehearsalLibvirt
import RehearsalModel
import RehearsalTestbed

/// The cached checkpoint of a testbed that was proven ready, to start the next one like it from.
struct ReadyCheckpoint {
    /// Where the checkpoint is, or will be.
    let url: URL

    /// Everything that shapes a ready testbed; a checkpoint with another key is another testbed's.
    private struct Key: Encodable {
        var version = 2
        let topology: Topology
        let images: [String: String]
        /// When each role's disk was written: one that was built again differs in ways its digest does not know.
        let disks: [String: Double]
        let accelerator: String
        let cpuModel: String
        let commandLines: [String]
        let engine: String
        let hostProcessor: String
    }

    init(
        cache: URL, topology: Topology, images: ImageSet, specification: TestbedSpecification, host: HostConditions
    ) throws {
        let disks = images.roles.mapValues { role in
            let date = (try? FileManager.default.attributesOfItem(atPath: role.disk.path))?[.modificationDate] as? Date
            return date?.timeIntervalSince1970 ?? 0
        }
        let key = Key(
            topology: topology, images: images.digests, disks: disks, accelerator: specification.accelerator.rawValue,
            cpuModel: host.cpuModel, commandLines: specification.machines.map(\.commandLine), engine: EngineVersion.text(),
            hostProcessor: EngineVersion.hostProcessor())
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var digest = ContentDigest()
        digest.add("ready", String(decoding: try encoder.encode(key), as: UTF8.self))
        url = CheckpointCache.all(cache).directory
            .appendingPathComponent("\(topology.name)-\(digest.finalized())")
    }

    /// Whether there is one to start from.
    var exists: Bool { Checkpoint.isThere(folder: url.path) }

    /// Marks it as used now.
    func touch() { try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: url.path) }

    func remove() { try? FileManager.default.removeItem(at: url) }
}
