import Foundation
import RehearsalHost
import RehearsalTesting
import Testing

@testable import RehearsalLibvirt

/// What a program sees and may do that is started as a machine's QEMU, here a shell in its place, in a user namespace as a keeper has.
@Suite("confined machines", .enabled(if: HostRequirements().missingSubordinateIDs().isEmpty, "needs a range of subordinate ids"))
struct ConfinementTests {
    /// Runs a script in QEMU's place for machine "m", whose overlay is beside that of another machine.
    private func confined(_ script: String) async throws -> CommandResult {
        let scratch = Scratch()
        let place = scratch.url.path
        let emulator = place + "/emulator"
        try Data(Confinement.program(folder: place + "/confined", qemu: "/usr/bin/sh").utf8).write(to: URL(fileURLWithPath: emulator))
        let prepare = """
            set -e
            cd '\(place)'
            chmod 755 emulator
            mkdir -p confined/root own shared
            echo 60001 > confined/m.id
            printf '%s\\n' "$PWD/shared/image" "$PWD/own" > confined/m.files
            echo image > shared/image
            echo hidden > shared/hidden
            echo mine > own/m
            echo theirs > own/other
            chgrp 60000 shared/image
            chgrp 60001 own/m
            chgrp 60002 own/other
            chmod 640 shared/image
            chmod 660 own/m own/other
            chmod 711 own
            export PLACE="$PWD"
            exec ./emulator -c "$1" guest=m
            """
        return try await ProcessTable().run(
            ["unshare"] + Namespaces.userOptions + ["--mount", "--", "sh", "-c", prepare, "test", script], timeout: 60)
    }

    @Test("it is a user of its own, in its own groups alone")
    func identity() async throws {
        let result = try await confined("id -u; id -g; id -G")
        #expect(result.standardOutput == "60001\n60001\n60001 60000\n", "\(result.standardError)")
    }

    @Test("it has no capability and cannot get one")
    func capabilities() async throws {
        let result = try await confined("setpriv --dump")
        for line in [
            "no_new_privs: 1", "Inheritable capabilities: [none]", "Ambient capabilities: [none]", "Capability bounding set: [none]",
        ] {
            #expect(result.standardOutput.contains(line), "\(result.standardOutput)\(result.standardError)")
        }
    }

    @Test("nothing of the host is in sight but programs, devices and its own files")
    func sight() async throws {
        let result = try await confined("echo /* /etc/* /dev/*; ls -R \"$PLACE/shared\"")
        let first = result.standardOutput.split(separator: "\n").first.map { Set($0.split(separator: " ").map(String.init)) } ?? []
        let links: Set = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"]
        #expect(
            first.subtracting(links).subtracting(["/tmp"]) == ["/dev", "/etc", "/usr", "/etc/ld.so.cache", "/dev/null", "/dev/urandom"])
        #expect(result.standardOutput.contains("image") && !result.standardOutput.contains("hidden"), "\(result.standardError)")
    }

    @Test("it reads what is shared, writes its own disk, and cannot look at another machine's")
    func files() async throws {
        let result = try await confined(
            """
            cd "$PLACE"
            cat shared/image own/m
            echo more >> own/m && cat own/m
            for command in 'cat own/other' 'echo >> shared/image' 'ls own' 'touch own/new'; do
              if sh -c "$command" > /dev/null 2>&1; then echo "can: $command"; fi
            done
            """)
        #expect(result.standardOutput == "image\nmine\nmine\nmore\n", "\(result.standardError)")
    }

    @Test("the program is one that shellcheck accepts")
    func shell() async throws {
        let scratch = Scratch()
        let file = scratch.url.appendingPathComponent("emulator")
        try Data(Confinement.program(folder: "/run/confined", qemu: "/usr/bin/qemu").utf8).write(to: file)
        let result = try await ProcessTable().run(["shellcheck", file.path], timeout: 60)
        #expect(result.isSuccess, "\(result.standardOutput)")
    }
}
