import Foundation
import Glibc
import RehearsalRuns
import RehearsalTestbed

/// One thing the host must have, and what to do when it has not.
struct HostCheck: Encodable {
    enum Result: String, Encodable { case ok, warning, failed }
    let name: String
    let result: Result
    let detail: String
    let remedy: String?
    /// What a command ends with for it, if it failed (docs/decisions/0012).
    var status = ExitStatus.harness

    private enum CodingKeys: String, CodingKey { case name, result, detail, remedy }

    /// What is in the way, all of it at once; nil if nothing is. Trouble of the harness, unless all of it is bad input.
    static func failure(of checks: [HostCheck]) -> CommandFailure? {
        let failed = checks.filter { $0.result == .failed }
        guard !failed.isEmpty else { return nil }
        return CommandFailure(
            failed.allSatisfy { $0.status == .usage } ? .usage : .harness,
            failed.map { "\($0.name): \($0.detail)\($0.remedy.map { "\n  hint: \($0)" } ?? "")" }.joined(separator: "\n"))
    }
}

/// Checks the host before anything is started.
struct HostChecks {
    let places: Places
    private let requirements = HostRequirements()

    init(places: Places) { self.places = places }

    /// Free disk space that images, overlays and one run need: about 6 GiB of images and 2 GiB of overlays and records.
    static let diskGiB = 10.0

    func all(memoryMiB: Int) -> [HostCheck] {
        [
            memory(memoryMiB), disk(places.cache, "image cache"), disk(places.state, "state directory"), namespaces(),
            subordinateIDs(), tun(), packages(),
        ]
    }

    /// Throws what would make a testbed impossible, all of it at once.
    func require(memoryMiB: Int) throws {
        if let failure = HostCheck.failure(of: all(memoryMiB: memoryMiB)) { throw failure }
    }

    private func memory(_ neededMiB: Int) -> HostCheck {
        let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        let available =
            text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
            .flatMap { Int($0.split(separator: " ")[1]) }.map { $0 / 1024 } ?? 0
        let detail = "\(available) MiB available, the topology's machines have \(neededMiB) MiB"
        if available >= neededMiB { return HostCheck(name: "memory", result: .ok, detail: detail, remedy: nil) }
        // Guests touch about 70 % of their memory (openstack-tcg.md 1).
        let enough = Double(available) >= Double(neededMiB) * 0.7
        return HostCheck(
            name: "memory", result: enough ? .warning : .failed, detail: detail,
            remedy: "free memory, or lower memory_mib or count in the topology")
    }

    private func disk(_ directory: URL, _ name: String) -> HostCheck {
        let existing = FreeSpace.existing(directory)
        guard let bytes = FreeSpace.bytes(at: existing) else {
            return HostCheck(
                name: "disk (\(name))", result: .failed, detail: "cannot look at \(existing.path)",
                remedy: "name another place with an option", status: .usage)
        }
        let gibibytes = Double(bytes) / 1_073_741_824
        let option = name == "image cache" ? "--cache-directory" : "--state-directory"
        return HostCheck(
            name: "disk (\(name))", result: gibibytes < 3 ? .failed : gibibytes < Self.diskGiB ? .warning : .ok,
            detail: String(format: "%.1f GiB free in %@", gibibytes, existing.path),
            remedy: gibibytes < Self.diskGiB ? "free \(Int(Self.diskGiB)) GiB, or name another place with \(option)" : nil, status: .usage)
    }

    private func namespaces() -> HostCheck {
        let user = geteuid() == 0 ? [] : ["--user", "--map-root-user"]
        let status = Self.status(["unshare"] + user + ["--net", "--pid", "--mount", "--fork", "true"])
        return HostCheck(
            name: "namespaces", result: status == 0 ? .ok : .failed,
            detail: status == 0
                ? "network, PID\(user.isEmpty ? "" : ", user") and mount namespaces can be made" : "unshare ended with status \(status)",
            remedy: status == 0 ? nil : "allow them: sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000")
    }

    private func subordinateIDs() -> HostCheck {
        check(
            "subordinate ids", requirements.missingSubordinateIDs(),
            fine: requirements.needsSubordinateIDs ? "ranges of 65536 in /etc/subuid and /etc/subgid" : "not needed by root")
    }

    private func tun() -> HostCheck { check("tun", requirements.unusableTun(), fine: "/dev/net/tun can be opened", status: .usage) }

    /// What testbeds run and what images are built with.
    private func packages() -> HostCheck {
        let builders = [
            ("mmdebstrap", "mmdebstrap"), ("mke2fs", "e2fsprogs"), ("apt-ftparchive", "apt-utils"), ("dpkg-scanpackages", "dpkg-dev"),
            ("bridge", "iproute2"),
        ]
        var problems = requirements.missingPrograms(and: builders)
        if access("/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so", R_OK) != 0 {
            problems.append(TestbedError(.host, "libvirt's QEMU driver is not installed", hint: "as root: make deps"))
        }
        return check("packages", problems, fine: "all programs are there")
    }

    private func check(_ name: String, _ problems: [TestbedError], fine: String, status: ExitStatus = .harness) -> HostCheck {
        HostCheck(
            name: name, result: problems.isEmpty ? .ok : .failed,
            detail: problems.isEmpty ? fine : problems.map(\.message).joined(separator: "; "),
            remedy: problems.isEmpty ? nil : problems.compactMap(\.hint).joined(separator: "; "), status: status)
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
