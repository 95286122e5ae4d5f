import Foundation
import RehearsalModel

/// The log of one execution: `steps/<id>-<procedure>-<machine>.log`, each line with the host's time.
final class StepLog: @unchecked Sendable {
    let path: String
    private let handle: FileHandle

    init(directory: URL, id: String, name: String, machine: String) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let file = directory.appendingPathComponent("\(id)-\(name)-\(machine).log")
        path = file.path
        if !FileManager.default.fileExists(atPath: path) { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        guard let handle = FileHandle(forWritingAtPath: path) else {
            throw EngineError(.run, "cannot write \(path)", hint: "check free space")
        }
        try handle.seekToEnd()
        self.handle = handle
    }

    func append(_ timed: TimedStepLine) {
        let text =
            switch timed.line {
            case .begin(_, _, let substep): "── \(substep)"
            case .end(_, _, let substep, let status): "── \(substep): \(status == 0 ? "done" : "status \(status)")"
            case .exit(_, _, let status): "══ status \(status)"
            case .log(_, let text): text
            }
        // On a full disk the line is lost, and not the run.
        try? handle.write(contentsOf: Data("\(timed.time.timeOfDay) \(text)\n".utf8))
    }
}
