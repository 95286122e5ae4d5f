import Foundation
import RehearsalUptime

extension RecorderConfiguration {
    /// Writes what `rehearse recorder --configuration FILE` reads; it holds the probes' secrets, so it is for the owner alone.
    func write(to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let temporary = file.appendingPathExtension("new")
        FileManager.default.createFile(atPath: temporary.path, contents: try encoder.encode(self), attributes: [.posixPermissions: 0o600])
        guard rename(temporary.path, file.path) == 0 else {
            throw CommandFailure(.harness, "cannot write \(file.path): \(String(cString: strerror(errno)))")
        }
    }

    static func read(_ file: URL) throws -> RecorderConfiguration {
        try JSONDecoder().decode(RecorderConfiguration.self, from: Data(contentsOf: file))
    }
}
