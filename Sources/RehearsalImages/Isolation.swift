import RehearsalHost

/// Runs a build step as root of namespaces of its own, without root on the host.
enum Isolation {
    /// The call of `unshare` to put before a build step's command.
    ///
    /// The user becomes root of a user namespace that maps the user's subordinate IDs. The mount and PID namespaces
    /// make sure that nothing that a step mounts or starts outlives the step.
    static func prefix() -> (program: String, arguments: [String]) {
        ("unshare", Namespaces.userOptions + ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"])
    }
}
