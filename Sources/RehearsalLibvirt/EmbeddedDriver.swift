import Foundation
import Glibc
import RehearsalHost
import RehearsalTestbed

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
        try requireOwnNamespaces()
        let resolved = realpath(directory, nil).map { pointer in
            defer { free(pointer) }
            return String(cString: pointer)
        }
        let kept = open(directory, openPathOnly | O_DIRECTORY | O_CLOEXEC)
        guard let resolved, kept >= 0 else { throw TestbedError(.host, "cannot open \(directory): \(lastSystemError())") }
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

    /// Makes sure that this process is in namespaces of its own, before it mounts or makes anything.
    private static func requireOwnNamespaces() throws {
        let hint = "let 'rehearse up' start it"
        switch Namespaces.position() {
        case .own: break
        case .unknown: throw TestbedError(.host, "a keeper of embedded machines was not started in namespaces of its own", hint: hint)
        case .shared: throw TestbedError(.host, "a keeper of embedded machines runs in the host's namespaces", hint: hint)
        }
    }

    /// Lets the driver find the user `libvirt-qemu`: it insists that there is one, even though its configuration names another.
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
        guard call() == 0 else { throw TestbedError(.host, "cannot mount \(what) on \(place): \(lastSystemError())") }
    }
}
