import Foundation
import Glibc

/// Linux namespaces: what keeps a testbed, and each step of an image's build, apart from the rest of the host.
public enum Namespaces {
    /// Whether namespaces of this process's user need a user namespace around them.
    ///
    /// Root without a range in `/etc/subuid` does without: nothing could be mapped but root itself.
    public static func needUserNamespace() -> Bool {
        needUserNamespace(userID: geteuid(), subordinateIDs: try? String(contentsOfFile: "/etc/subuid", encoding: .utf8))
    }

    static func needUserNamespace(userID: UInt32, subordinateIDs: String?) -> Bool {
        guard userID == 0 else { return true }
        return (subordinateIDs ?? "").split(separator: "\n").contains { $0.hasPrefix("root:") || $0.hasPrefix("0:") }
    }

    /// The options of `unshare` for the user namespace, with all of the user's ids mapped into it; none where none is needed.
    public static func userOptions() -> [String] { userOptions(userNamespace: needUserNamespace()) }

    private static func userOptions(userNamespace: Bool) -> [String] {
        userNamespace ? ["--user", "--map-root-user", "--map-auto"] : []
    }

    /// A command in network, PID and mount namespaces (and a user namespace where needed), under an init that reaps.
    ///
    /// Everything in them ends when the outermost process, the init or the command does.
    public static func command(_ argv: [String]) -> [String] { command(argv, userNamespace: needUserNamespace()) }

    static func command(_ argv: [String], userNamespace: Bool) -> [String] {
        ["unshare"] + userOptions(userNamespace: userNamespace)
            + ["--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "--", "tini", "--"] + argv
    }

    /// A command that succeeds where namespaces can be made, whichever ids are mapped into them.
    static func trial() -> [String] {
        ["unshare"] + (needUserNamespace() ? ["--user", "--map-root-user"] : []) + ["--net", "--pid", "--mount", "--fork", "true"]
    }

    // MARK: Where this process is

    /// The environment variable in which a launcher leaves the identities of its own namespaces.
    public static let launcherVariable = "REHEARSAL_HOST_NAMESPACES"

    /// Where a process is, compared with its launcher.
    public enum Position: Sendable {
        /// The launcher did not say where it is.
        case unknown
        /// At least one namespace is the launcher's.
        case shared
        /// Mount, network and PID namespace are all others than the launcher's.
        case own
    }

    /// The identities of this process's namespaces, for ``launcherVariable``.
    public static func identities() -> String {
        ["mnt", "net", "pid"].map { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\($0)")) ?? $0 }
            .joined(separator: " ")
    }

    /// Where this process is.
    public static func position() -> Position {
        guard let launcher = ProcessInfo.processInfo.environment[launcherVariable] else { return .unknown }
        return Set(identities().split(separator: " ")).isDisjoint(with: launcher.split(separator: " ")) ? .own : .shared
    }
}
