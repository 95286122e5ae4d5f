import Foundation
import RehearsalEngine
import RehearsalStore
import RehearsalTestbed

/// What a run needs to raise its testbed again, kept beside its checkpoints: they hold the same secrets.
struct KeptTestbed {
    private static let folder = "testbed"

    private static func places(run: URL, files: TestbedFiles) -> [(kept: URL, used: URL)] {
        let directory = RunStore.checkpoints(in: run).appendingPathComponent(folder)
        return [files.specification, files.topology, files.recorderConfiguration].map {
            (directory.appendingPathComponent($0.lastPathComponent), $0)
        }
    }

    /// Copies it from the testbed that a run drives.
    static func keep(run: URL, files: TestbedFiles) throws {
        try copy(places(run: run, files: files).map { ($0.used, $0.kept) })
    }

    /// Puts it back into the testbed's directory.
    static func bringBack(run: URL, files: TestbedFiles) throws {
        try copy(places(run: run, files: files).map { ($0.kept, $0.used) })
    }

    /// Refuses a run whose testbed was not kept.
    ///
    /// - Throws: ``RunError`` that names the file that is missing.
    static func requireThere(run: URL, files: TestbedFiles) throws {
        for (kept, _) in places(run: run, files: files) where !FileManager.default.isReadableFile(atPath: kept.path) {
            throw RunError(.trouble, "cannot read \(kept.path), from which the testbed would be raised again", hint: "start a new run")
        }
    }

    private static func copy(_ files: [(from: URL, to: URL)]) throws {
        for (from, to) in files {
            try FileManager.default.createDirectory(
                at: to.deletingLastPathComponent(), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try? FileManager.default.removeItem(at: to)
            try FileManager.default.copyItem(at: from, to: to)
        }
    }
}
