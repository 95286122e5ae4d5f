public import Foundation
import Glibc

/// Checks the host before anything is started.
public struct HostChecks: Sendable {
    /// A directory that needs room.
    public struct Place: Sendable {
        /// What is kept there, for people.
        public let name: String
        /// The directory, which need not be there yet.
        public let directory: URL
        /// What names another directory: an option of the command.
        public let option: String

        /// Makes a place.
        public init(name: String, directory: URL, option: String) {
            self.name = name
            self.directory = directory
            self.option = option
        }
    }

    /// Free disk space that images, overlays and one run need, in GiB: about 6 for images and 2 for overlays and records.
    static let diskGiB = 10.0

    private let places: [Place]
    private let requirements = HostRequirements()

    /// Makes the checks of this host.
    ///
    /// - Parameter places: Where images and runs are to go.
    public init(places: [Place]) { self.places = places }

    /// All checks, in the order they are shown.
    ///
    /// - Parameter memoryMiB: What the topology's machines have together, in MiB.
    public func all(memoryMiB: Int) async -> [HostCheck] {
        [memory(memoryMiB)] + places.map(disk) + [await namespaces(), subordinateIDs(), tun(), packages()]
    }

    private func memory(_ neededMiB: Int) -> HostCheck {
        let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        let host =
            text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
            .flatMap { Int($0.split(separator: " ")[1]) }.map { $0 / 1024 } ?? 0
        let limit = MemoryLimit.availableMiB() ?? .max
        let available = min(host, limit)
        let detail =
            "\(available) MiB available\(limit < host ? " in this control group" : ""), the topology's machines have \(neededMiB) MiB"
        if available >= neededMiB { return HostCheck(name: "memory", result: .ok, detail: detail) }
        // Guests were seen to touch about 70 % of their memory.
        let enough = Double(available) >= Double(neededMiB) * 0.7
        return HostCheck(
            name: "memory", result: enough ? .warning : .failed, detail: detail,
            remedy: "free memory, or lower memory_mib or count in the topology")
    }

    private func disk(_ place: Place) -> HostCheck {
        let existing = FreeSpace.existing(place.directory)
        guard let bytes = FreeSpace.bytes(at: existing) else {
            return HostCheck(
                name: "disk (\(place.name))", result: .failed, detail: "cannot look at \(existing.path)",
                remedy: "name another place with an option", cause: .input)
        }
        let gibibytes = Double(bytes) / 1_073_741_824
        return HostCheck(
            name: "disk (\(place.name))", result: gibibytes < 3 ? .failed : gibibytes < Self.diskGiB ? .warning : .ok,
            detail: String(format: "%.1f GiB free in %@", gibibytes, existing.path),
            remedy: gibibytes < Self.diskGiB ? "free \(Int(Self.diskGiB)) GiB, or name another place with \(place.option)" : nil,
            cause: .input)
    }

    private func namespaces() async -> HostCheck {
        let trial = try? await ProcessTable().run(Namespaces.command(["true"]), timeout: 60)
        let said = trial?.standardError.split(separator: "\n").last.map(String.init) ?? "it said nothing"
        return HostCheck(
            name: "namespaces", result: trial?.isSuccess == true ? .ok : .failed,
            detail: trial?.isSuccess == true ? "user, network, PID and mount namespaces can be made" : "cannot make namespaces: \(said)",
            remedy: trial?.isSuccess == true
                ? nil
                : "allow them: sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000; in a container, also /proc unmasked"
        )
    }

    private func subordinateIDs() -> HostCheck {
        check("subordinate ids", requirements.missingSubordinateIDs(), fine: "ranges of 65536 in /etc/subuid and /etc/subgid")
    }

    private func tun() -> HostCheck { check("tun", requirements.unusableTun(), fine: "/dev/net/tun can be opened", cause: .input) }

    /// What testbeds run and what images are built with.
    private func packages() -> HostCheck {
        let builders = [
            ("mmdebstrap", "mmdebstrap"), ("mke2fs", "e2fsprogs"), ("apt-ftparchive", "apt-utils"), ("dpkg-scanpackages", "dpkg-dev"),
            ("bridge", "iproute2"), ("nft", "nftables"),
        ]
        var problems = requirements.missingPrograms(and: builders)
        if access("/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so", R_OK) != 0 {
            problems.append(HostError(.host, "libvirt's QEMU driver is not installed", hint: "as root: make deps"))
        }
        return check("packages", problems, fine: "all programs are there")
    }

    private func check(_ name: String, _ problems: [HostError], fine: String, cause: HostCheck.Cause = .host) -> HostCheck {
        HostCheck(
            name: name, result: problems.isEmpty ? .ok : .failed,
            detail: problems.isEmpty ? fine : problems.map(\.message).joined(separator: "; "),
            remedy: problems.isEmpty ? nil : problems.compactMap(\.hint).joined(separator: "; "), cause: cause)
    }
}
