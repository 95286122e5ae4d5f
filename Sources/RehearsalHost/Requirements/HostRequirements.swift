import Foundation
import Glibc

/// What a host must have for embedded machines.
public struct HostRequirements: Sendable {
    /// The user the testbed is for.
    var userID: UInt32
    /// The user's name.
    var userName: String
    /// The device that taps are made with.
    var tun = "/dev/net/tun"
    /// The users' ranges of subordinate user IDs.
    var subordinateUserIDs = "/etc/subuid"
    /// The users' ranges of subordinate group IDs.
    var subordinateGroupIDs = "/etc/subgid"
    /// Where programs are looked up.
    var path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"

    /// The requirements of this process's user.
    public init() {
        userID = geteuid()
        userName = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
    }

    /// All that is missing, each with what was looked for, why it is not usable, and the remedy in `hint`.
    public func problems() -> [HostError] {
        missingPrograms() + unusableTun() + missingSubordinateIDs()
    }

    /// Programs a testbed runs that are not installed.
    ///
    /// - Parameter others: More programs to look for, each with the package it comes in.
    public func missingPrograms(and others: [(program: String, package: String)] = []) -> [HostError] {
        let programs = [
            ("unshare", "util-linux"), ("setpriv", "util-linux"), ("mount", "mount"), ("newuidmap", "uidmap"), ("tini", "tini"),
            ("ip", "iproute2"), ("qemu-img", "qemu-utils"),
            ("qemu-system-x86_64", "qemu-system-x86"),
        ]
        return (programs + others).filter { !isInstalled($0.0) }.map { program, package in
            HostError(.host, "the program \(program) is not installed", hint: "as root: apt-get install \(package), or make deps")
        }
    }

    /// Why taps cannot be made, if they cannot.
    public func unusableTun() -> [HostError] {
        // Opened, since a device file without its driver passes for accessible.
        let descriptor = open(tun, O_RDWR | O_CLOEXEC)
        guard descriptor < 0 else {
            close(descriptor)
            return []
        }
        let absent = [ENOENT, ENODEV, ENXIO].contains(errno)
        let reason = lastSystemError()
        return [
            HostError(
                .host, "cannot open \(tun): \(reason)", hint: absent ? "as root: modprobe tun" : "as root: chmod 0666 \(tun)")
        ]
    }

    /// The files in which the user has no range of subordinate ids: the other ids of the user namespace that everything runs in.
    public func missingSubordinateIDs() -> [HostError] {
        [(subordinateUserIDs, "--add-subuids"), (subordinateGroupIDs, "--add-subgids")]
            .filter { file, _ in !hasRange(text(file) ?? "") }
            .map { file, option in
                HostError(
                    .host, "user \(userName) has no range of 65536 subordinate ids in \(file)",
                    hint: "as root: usermod \(option) 100000-165535 \(userName), or make deps")
            }
    }

    private func text(_ file: String) -> String? { try? String(contentsOfFile: file, encoding: .utf8) }

    private func isInstalled(_ program: String) -> Bool {
        (path + ":/usr/sbin:/sbin").split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
    }

    private func hasRange(_ text: String) -> Bool {
        text.split(separator: "\n").contains { line in
            let parts = line.split(separator: ":")
            return parts.count == 3 && (parts[0] == userName || parts[0] == "\(userID)") && (Int(parts[2]) ?? 0) >= 65536
        }
    }
}
