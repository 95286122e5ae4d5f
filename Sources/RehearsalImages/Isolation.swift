import Foundation
import Glibc

/// Runs a build step as root of namespaces of its own, without root on the host.
enum Isolation {
    /// The call of `unshare` to put before a build step's command.
    ///
    /// An ordinary user becomes root of a user namespace that maps the user's subordinate IDs. Real root needs no user
    /// namespace, and usually has no subordinate IDs. The mount and PID namespaces make sure that nothing that a step
    /// mounts or starts outlives the step.
    static func prefix() -> (program: String, arguments: [String]) {
        let user = geteuid() == 0 ? [] : ["--user", "--map-root-user", "--map-auto"]
        return ("unshare", user + ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"])
    }
}
