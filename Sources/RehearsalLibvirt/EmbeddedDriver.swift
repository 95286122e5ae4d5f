internal import Foundation
internal import Glibc
internal import RehearsalTestbed

/// libvirt's QEMU driver inside this process, in the private `/run` of the testbed's mount namespace.
///
/// Its state needs no cleaning and its socket paths stay short; only the logs are outside, in the testbed's directory.
enum EmbeddedDriver {
    static let root = "/run/rehearsal"
    static let uri = "qemu:///embed?root=\(root)"

    static func engineLog(of machine: String) -> String { "\(root)/log/qemu/\(machine).log" }

    static let configuration = """
        stdio_handler = "file"
        security_driver = "none"
        user = "+0"
        group = "+0"
        dynamic_ownership = 0
        remember_owner = 0
        namespaces = []
        cgroup_controllers = []

        """

    /// Mounts the private `/run` and writes the driver's configuration.
    static func prepare(directory: String) async throws {
        try NamespaceLauncher.requireOwnNamespaces()
        let resolved = realpath(directory, nil).map { pointer in
            defer { free(pointer) }
            return String(cString: pointer)
        }
        let kept = open(directory, openPathOnly | O_DIRECTORY | O_CLOEXEC)
        guard let resolved, kept >= 0 else { throw TestbedError(.host, "cannot open \(directory): \(reason())") }
        defer { close(kept) }
        try mounting("tmpfs", "/run") { mount("tmpfs", "/run", "tmpfs", UInt(MS_NOSUID | MS_NODEV), "mode=0755") }
        if resolved.hasPrefix("/run/") {
            // The testbed's own directory was hidden by the mount: put it back.
            try FileManager.default.createDirectory(atPath: resolved, withIntermediateDirectories: true)
            try mounting(resolved, resolved) { mount("/proc/self/fd/\(kept)", resolved, nil, UInt(MS_BIND | MS_REC), nil) }
        }
        try addUser()
        let logs = directory + "/libvirt"
        do {
            for path in [root + "/etc", logs + "/qemu"] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            try FileManager.default.createSymbolicLink(atPath: root + "/log", withDestinationPath: logs)
            try Data(configuration.utf8).write(to: URL(fileURLWithPath: root + "/etc/qemu.conf"))
        } catch {
            throw TestbedError(.host, "cannot prepare libvirt in \(root): \(error.localizedDescription)")
        }
    }

    /// Lets the driver find the user it insists on, even though it is told to use another.
    ///
    /// Only Debian's `libvirt-daemon-system` makes that user; without it, the testbed's mount namespace gets account files of
    /// its own with one more line.
    private static func addUser() throws {
        let name = "libvirt-qemu"
        let missing = [
            ("/etc/passwd", getpwnam(name) == nil, "\(name):x:64055:64055::/nonexistent:/usr/sbin/nologin\n"),
            ("/etc/group", getgrnam(name) == nil, "\(name):x:64055:\n"),
        ]
        for (file, isMissing, line) in missing where isMissing {
            let copy = "/run/" + (file as NSString).lastPathComponent
            do {
                let content = try Data(contentsOf: URL(fileURLWithPath: file)) + Data(line.utf8)
                try content.write(to: URL(fileURLWithPath: copy))
            } catch {
                throw TestbedError(.host, "cannot copy \(file) to \(copy): \(error.localizedDescription)")
            }
            chmod(copy, 0o644)
            try mounting(copy, file) { mount(copy, file, nil, UInt(MS_BIND), nil) }
        }
    }

    private static func mounting(_ what: String, _ place: String, _ call: () -> Int32) throws {
        guard call() == 0 else { throw TestbedError(.host, "cannot mount \(what) on \(place): \(reason())") }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}

/// The links of a testbed's network namespace.
enum NamespaceNetworks {
    /// The commands that make the bridges, in order.
    static func commands(_ networks: [TestbedSpecification.Network]) -> [[String]] {
        var commands = [["ip", "link", "set", "lo", "up"]]
        for network in networks {
            commands.append([
                "ip", "link", "add", "name", network.bridge, "mtu", "\(network.mtu)", "type", "bridge", "stp_state", "0", "forward_delay",
                "0", "mcast_snooping", "0",
            ])
            if let address = network.address { commands.append(["ip", "address", "add", address, "dev", network.bridge]) }
            commands.append(["ip", "link", "set", "dev", network.bridge, "addrgenmode", "none", "up"])
        }
        return commands
    }

    static func make(_ networks: [TestbedSpecification.Network], processes: ProcessTable) async throws {
        for command in commands(networks) {
            let result = try await processes.run(command, timeout: 10)
            guard result.isSuccess else {
                let reason = result.standardError.trimmingCharacters(in: .whitespacesAndNewlines)
                throw TestbedError(
                    .host, "cannot make the testbed's network: '\(command.joined(separator: " "))' failed: \(reason)"
                )
            }
        }
    }
}
