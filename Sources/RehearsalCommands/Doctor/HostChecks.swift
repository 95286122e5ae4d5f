import Foundation
import Glibc

/// One thing the host must have, and what to do when it has not.
struct HostCheck: Encodable {
    enum Result: String, Encodable { case ok, warning, failed }
    let name: String
    let result: Result
    let detail: String
    let remedy: String?
}

/// Checks the host before anything is started.
struct HostChecks {
    let directories: Directories

    /// Free disk space that images, overlays and one run need: about 6 GiB of images and 2 GiB of overlays and records.
    static let diskGiB = 10.0

    func all(memoryMiB: Int) -> [HostCheck] {
        [memory(memoryMiB), disk(directories.cache, "image cache"), disk(directories.state, "state directory"), namespaces(), subordinateIDs(), tun(), packages()]
    }

    /// Throws what would make a testbed impossible, all of it at once.
    func require(memoryMiB: Int) throws {
        let failed = all(memoryMiB: memoryMiB).filter { $0.result == .failed }
        guard failed.isEmpty else {
            throw CommandFailure(
                .harness, failed.map { "\($0.name): \($0.detail)\($0.remedy.map { "\n  hint: \($0)" } ?? "")" }.joined(separator: "\n"))
        }
    }

    private func memory(_ neededMiB: Int) -> HostCheck {
        let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        let available = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
            .flatMap { Int($0.split(separator: " ")[1]) }.map { $0 / 1024 } ?? 0
        let detail = "\(available) MiB available, the topology's machines have \(neededMiB) MiB"
        if available >= neededMiB { return HostCheck(name: "memory", result: .ok, detail: detail, remedy: nil) }
        // Guests touch about 70 % of their memory (openstack-tcg.md 1).
        let enough = Double(available) >= Double(neededMiB) * 0.7
        return HostCheck(
            name: "memory", result: enough ? .warning : .failed, detail: detail, remedy: "free memory, or lower memory_mib or count in the topology")
    }

    private func disk(_ directory: URL, _ name: String) -> HostCheck {
        var existing = directory
        while !FileManager.default.fileExists(atPath: existing.path) { existing.deleteLastPathComponent() }
        var status = statvfs()
        guard statvfs(existing.path, &status) == 0 else {
            return HostCheck(name: "disk (\(name))", result: .failed, detail: "cannot look at \(existing.path)", remedy: "name another place with an option")
        }
        let gibibytes = Double(status.f_bavail) * Double(status.f_frsize) / 1_073_741_824
        let option = name == "image cache" ? "--cache-directory" : "--state-directory"
        return HostCheck(
            name: "disk (\(name))", result: gibibytes < 3 ? .failed : gibibytes < Self.diskGiB ? .warning : .ok,
            detail: String(format: "%.1f GiB free in %@", gibibytes, existing.path),
            remedy: gibibytes < Self.diskGiB ? "free \(Int(Self.diskGiB)) GiB, or name another place with \(option)" : nil)
    }

    private func namespaces() -> HostCheck {
        let user = geteuid() == 0 ? [] : ["--user", "--map-root-user"]
        let status = Self.status(["unshare"] + user + ["--net", "--pid", "--mount", "--fork", "true"])
        return HostCheck(
            name: "namespaces", result: status == 0 ? .ok : .failed,
            detail: status == 0 ? "network, PID\(user.isEmpty ? "" : ", user") and mount namespaces can be made" : "unshare ended with status \(status)",
            remedy: status == 0 ? nil : "allow them: sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000")
    }

    private func subordinateIDs() -> HostCheck {
        if geteuid() == 0 { return HostCheck(name: "subordinate ids", result: .ok, detail: "not needed by root", remedy: nil) }
        let user = ProcessInfo.processInfo.userName
        let missing = ["/etc/subuid", "/etc/subgid"].filter { file in
            !((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: "\n").contains { line in
                let words = line.split(separator: ":")
                return words.count == 3 && (words[0] == user || words[0] == "\(getuid())") && (Int(words[2]) ?? 0) >= 65536
            }
        }
        return HostCheck(
            name: "subordinate ids", result: missing.isEmpty ? .ok : .failed,
            detail: missing.isEmpty ? "\(user) has ranges of 65536 in /etc/subuid and /etc/subgid" : "\(user) has no range of 65536 in \(missing.joined(separator: " and "))",
            remedy: missing.isEmpty ? nil : "as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 \(user)")
    }

    private func tun() -> HostCheck {
        let descriptor = open("/dev/net/tun", O_RDWR | O_CLOEXEC)
        if descriptor >= 0 { close(descriptor) }
        let why = String(cString: strerror(errno))
        return HostCheck(
            name: "tun", result: descriptor >= 0 ? .ok : .failed, detail: descriptor >= 0 ? "/dev/net/tun can be opened" : "/dev/net/tun: \(why)",
            remedy: descriptor >= 0 ? nil : "as root: modprobe tun; chmod 0666 /dev/net/tun")
    }

    private func packages() -> HostCheck {
        let programs = ["qemu-system-x86_64", "qemu-img", "mmdebstrap", "tini", "ip", "bridge", "newuidmap", "mke2fs", "apt-ftparchive", "dpkg-scanpackages"]
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin:/sbin"
        var missing = programs.filter { program in
            !path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
        }
        let driver = "/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so"
        if access(driver, R_OK) != 0 { missing.append("libvirt's QEMU driver") }
        return HostCheck(
            name: "packages", result: missing.isEmpty ? .ok : .failed,
            detail: missing.isEmpty ? "all programs are there" : "missing: \(missing.joined(separator: ", "))", remedy: missing.isEmpty ? nil : "make deps")
    }

    private static func status(_ arguments: [String]) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return 127 }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
