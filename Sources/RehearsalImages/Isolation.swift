import Foundation
import Glibc

/// How a build step becomes "root" without being root: by namespaces of its own.
enum Isolation {
    /// The `unshare` call that stands before a build step.
    ///
    /// An ordinary user becomes root of a user namespace with his subordinate ids; real root needs no user namespace
    /// (and usually has no subordinate ids). The mount and PID namespaces make sure that nothing a step mounts or
    /// starts outlives it.
    static func prefix() -> (program: String, arguments: [String]) {
        let user = geteuid() == 0 ? [] : ["--user", "--map-root-user", "--map-auto"]
        return ("unshare", user + ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"])
    }
}
