import Foundation
import RehearsalImages

extension ArtefactCache {
    /// Removes the longest unused artefacts until at most so much is left, and notes the name of each.
    func removeLongestUnused(keepGiB: Double) throws {
        for name in try clean(keepBytes: Int64(keepGiB * 1_073_741_824)) { Terminal.note("removed \(name)") }
    }
}
