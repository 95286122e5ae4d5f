import RehearsalHost

/// How a build step becomes "root" without being root: by namespaces of its own.
enum Isolation {
    /// The `unshare` call that stands before a build step.
    ///
    /// Where a user namespace is needed, the user becomes root of one with all subordinate ids. The mount and PID namespaces make sure
    /// that nothing a step mounts or starts outlives it.
    static func prefix() -> (program: String, arguments: [String]) {
        ("unshare", Namespaces.userOptions() + ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"])
    }
}
