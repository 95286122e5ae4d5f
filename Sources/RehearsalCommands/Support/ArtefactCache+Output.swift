import Foundation
import RehearsalImages

extension ArtefactCache {
    /// Prints what there is, the longest unused first.
    func printEntries() throws {
        for entry in try entries() {
            Terminal.output("\(entry.name)  \(entry.bytes.spokenBytes)  last used \(entry.lastUsed.formatted(.iso8601))\n")
        }
    }

    /// Removes the longest unused until at most so much is left, and says what.
    func cleanTelling(keepGiB: Double) throws {
        for name in try clean(keepBytes: Int64(keepGiB * 1_073_741_824)) { Terminal.note("removed \(name)") }
    }
}
