public import Foundation
import RehearsalDeclaration
import RehearsalImages
import RehearsalModel
public import RehearsalRecorder

extension RecorderConfiguration {
    /// What the recorder of a testbed asks: the probes of the services its topology has, with their secrets.
    ///
    /// - Parameter database: The directory of the run to record into; empty for none yet.
    static func make(_ declaration: Declaration, places: Places, database: String = "") throws -> RecorderConfiguration {
        let secrets = try Secrets.of(
            cache: places.cache, names: declaration.catalog.secrets(of: declaration.topology.services))
        let probes = try ProbeBuilder.make(
            topology: declaration.topology, catalog: declaration.catalog, kinds: ProbeKinds.all, secrets: secrets.values)
        return RecorderConfiguration(database: database, probes: probes)
    }

    /// Writes what `rehearse recorder --configuration FILE` reads; it holds the probes' secrets, so it is for the owner alone.
    func write(to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let temporary = file.appendingPathExtension("new")
        guard
            FileManager.default.createFile(
                atPath: temporary.path, contents: try encoder.encode(self), attributes: [.posixPermissions: 0o600]),
            rename(temporary.path, file.path) == 0
        else {
            throw RunError(.trouble, "cannot write \(file.path): \(String(cString: strerror(errno)))")
        }
    }

    /// Reads what ``write(to:)`` wrote.
    public static func read(_ file: URL) throws -> RecorderConfiguration {
        try JSONDecoder().decode(RecorderConfiguration.self, from: Data(contentsOf: file))
    }
}
