import Foundation

@testable import RehearsalImages

/// Scripts of tests that mount, and that leave processes behind.
enum Isolated {
    /// Runs a script where it may mount, and where its processes end with it.
    ///
    /// - Parameter folder: The folder that the script starts in.
    static func run(_ script: String, in folder: URL) async throws -> Tool.Output {
        let arguments = [
            "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c",
            "cd '\(folder.path)'\n\(script)",
        ]
        return try await Tool.run("unshare", arguments)
    }
}
