public import Foundation
import RehearsalHost
public import RehearsalTestbed

/// Brings the project's procedures to the machines, so that a changed procedure needs no new image.
public enum Procedures {
    /// Where they are in a guest.
    static let directory = "/usr/lib/rehearsal/procedures"

    /// Writes all of `Images/procedures` and what they source to every machine, all machines at once.
    ///
    /// - Throws: ``EngineError`` for a machine that did not take them.
    public static func install(on hypervisor: any Hypervisor, machines: [String], from images: URL, slowness: Double) async throws {
        let folder = images.appendingPathComponent("procedures")
        var script = "set -e\nmkdir -p \(directory)\n"
        for name in ["procedure-library.sh", "http-get.sh"] {
            let text = try Data(contentsOf: images.appendingPathComponent("guest/\(name)")).base64EncodedString()
            script += "base64 -d > /usr/lib/rehearsal/\(name) <<'END'\n\(text)\nEND\n"
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() where name.hasSuffix(".sh") {
            let text = try Data(contentsOf: folder.appendingPathComponent(name)).base64EncodedString()
            script += "base64 -d > \(directory)/\(name) <<'END'\n\(text)\nEND\nchmod 755 \(directory)/\(name)\n"
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for machine in machines {
                group.addTask { [script] in
                    let shell = try await hypervisor.machine(named: machine).shell
                    let result = try await shell.execute(["/bin/sh"], input: Data(script.utf8), timeout: 30 + 6 * slowness)
                    guard result.isSuccess else {
                        throw EngineError(
                            .machineUnreachable, "cannot install the procedures on \(machine): \(result.standardError.suffix(200))")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
