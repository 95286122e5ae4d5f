import CLinux
import Foundation
import Glibc

/// Linux namespaces: what keeps a testbed, and each step of an image's build, apart from the rest of the host.
public enum Namespaces {
    /// The options of `unshare` for a user namespace in which the user is root and the user's subordinate ids are the others.
    ///
    /// Root gets one, too: what breaks out of a testbed or a build has no power on the host, and there are ids to run machines as.
    public static let userOptions = ["--user", "--map-root-user", "--map-auto"]

    /// A command in user, network, PID and mount namespaces, under an init that reaps.
    ///
    /// Everything in them ends when the outermost process, the init or the command does.
    public static func command(_ argv: [String]) -> [String] {
        ["unshare"] + userOptions + ["--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "--", "tini", "--"] + argv
    }

    /// Lets the processes of namespaces have the priorities of a recorder, which root of a user namespace may otherwise not.
    ///
    /// Only root's limits can be raised; for others this does nothing. The processes inherit the limits.
    public static func allowPriorities() { _ = uptime_allow_priorities() }

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
