import Foundation
import RehearsalTesting
import Testing

@testable import RehearsalImages

/// What stands before systemd's programs in a guest while packages are changed, against the programs themselves, which take `DPKG_ROOT`.
@Suite("package shims")
struct PackageShimTests {
    private static let shims = Checkout.root.appending(path: "Images/guest/package-shims")

    /// A system with a unit, as a package, or its operator, left it.
    private enum System: String, CaseIterable, CustomTestStringConvertible {
        case fresh, enabled, disabled, masked, maskedByUser, overridden, recordedOnly, newTarget, alias

        var testDescription: String { rawValue }

        func make(at root: URL) throws {
            func write(_ text: String, _ path: String) throws {
                let file = root.appending(path: path)
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
            func link(_ path: String, to target: String) throws {
                let file = root.appending(path: path)
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: target)
            }
            let target = "multi-user.target.wants/haproxy.service"
            var unit = "[Unit]\nWants=network-online.target\nDefaultDependencies=yes\n[Install]\nWantedBy=multi-user.target\n"
            if self == .newTarget { unit += "RequiredBy=other.target\n" }
            if self == .alias { unit += "Alias=proxy.service\n" }
            try write(unit, "lib/systemd/system/haproxy.service")
            if self == .fresh { return }
            let state = "var/lib/systemd/deb-systemd-helper-enabled/"
            try write("/etc/systemd/system/\(target)\n", state + "haproxy.service.dsh-also")
            if self != .recordedOnly { try write("", state + target) }
            if self != .disabled { try link("etc/systemd/system/\(target)", to: "/lib/systemd/system/haproxy.service") }
            switch self {
            case .masked, .maskedByUser: try link("etc/systemd/system/haproxy.service", to: "/dev/null")
            case .overridden: try write(unit, "etc/systemd/system/haproxy.service")
            default: break
            }
            if self == .masked { try write("", "var/lib/systemd/deb-systemd-helper-masked/haproxy.service") }
        }
    }

    /// The exit status of each call, and what is in the system after it; each finds the system as it was made.
    private func calls(shimmed: Bool, on system: System) async throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "shim-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try system.make(at: folder.appending(path: "template"))
        let root = folder.appending(path: "root").path
        var text = try String(contentsOf: Self.shims.appending(path: "deb-systemd-helper"), encoding: .utf8)
        for (from, to) in [
            ("state=", "state=\(root)"), ("units=", "units=\(root)"), (" /lib/systemd/system ", " \(root)/lib/systemd/system "),
            ("-L \"$link\"", "-L \"\(root)$link\""),
        ] {
            try #require(text.contains(from))
            text = text.replacingOccurrences(of: from, with: to)
        }
        let shim = folder.appending(path: "shim").path
        try Data(text.utf8).write(to: URL(filePath: shim))
        // An empty folder says nothing.
        let script = """
            cd '\(folder.path)'
            for call in unmask debian-installed '--quiet was-enabled' enable update-state disable; do
              cp -a template root
              \(shimmed ? "sh '\(shim)'" : "/usr/bin/deb-systemd-helper") $call haproxy.service
              echo "$call: $?"
              (cd root && find . ! -type d -printf '%P %y %l ' -exec sh -c 'cat "$0" 2> /dev/null; echo' {} ';' | sort)
              rm -r root
            done
            """
        let output = try await Tool.run(
            "sh", ["-c", script], environment: ["DPKG_ROOT": root, "DPKG_MAINTSCRIPT_PACKAGE": "haproxy"])
        #expect(output.status == 0, "\(output.standardError)")
        return output.standardOutput
    }

    @Test("deb-systemd-helper answers and leaves what the distribution's does", arguments: System.allCases)
    private func helper(_ system: System) async throws {
        #expect(try await calls(shimmed: true, on: system) == calls(shimmed: false, on: system))
    }

    @Test("apt, which has a path of its own for maintainer scripts, is told the one with the shims")
    func path() async throws {
        let library = Self.shims.deletingLastPathComponent().appending(path: "procedure-library.sh").path
        let script = """
            eval "$(sed -n '/^quiet_apt()/,/^}/p' '\(library)')"
            scaled() { echo 60; }
            timeout() { shift 3; "$@"; }
            apt-get() { shift 2; apt-config "$@" dump; }  # without -q -y, which are apt-get's own
            reload_wanted=$(mktemp -d)/x
            quiet_apt | grep '^DPkg::Path'
            rmdir "${reload_wanted%/*}"
            """
        let output = try await Tool.run("bash", ["-c", script])
        #expect(output.standardOutput.hasPrefix("DPkg::Path \"/usr/lib/rehearsal/package-shims:"), "\(output.standardError)")
    }
}
