import Foundation
import RehearsalImages

extension ArtefactCache {
    /// Removes the longest unused artefacts until at most so much is left, and notes the name of each.
    func removeLongestUnused(keep limit: GiBOption) throws {
        for name in try clean(keepBytes: limit.bytes) { Terminal.note("removed \(name)") }
    }
}
