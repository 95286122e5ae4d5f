import Foundation
import RehearsalTesting
import Testing

@testable import RehearsalImages

/// What procedures do with packages, with the real dpkg and apt in a root of their own: the programs are this host's, everything that they
/// write is in a folder, and the archive is a folder too.
@Suite("procedures and packages", .timeLimit(.minutes(2)))
struct PackageProceduresTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "packages-\(UUID())")

    /// Functions for the scripts of these tests, and the root that they work on.
    private static let prelude = #"""
        set -eu
        root=$PWD/root
        for place in usr proc dev etc/apt/apt.conf.d etc/apt/preferences.d etc/rehearsal repository machine var/lib/dpkg/info \
          var/lib/dpkg/updates var/lib/apt/lists/partial var/cache/apt/archives/partial var/log/apt run/rehearsal; do
          mkdir -p "$root/$place"
        done
        for place in bin sbin lib lib64; do ln -s "usr/$place" "$root/$place"; done
        for place in usr proc dev; do mount --rbind "/$place" "$root/$place"; done
        mount -o remount,bind,ro "$root/usr"
        cp -a /etc/alternatives "$root/etc/"
        touch "$root/var/lib/dpkg/status" "$root/etc/rehearsal/machine.conf" "$root/machine/http-get.sh"
        echo 'APT::Sandbox::User "root";' > "$root/etc/apt/apt.conf"
        echo 'deb [trusted=yes] copy:/repository ./' > "$root/etc/apt/sources.list"

        # Makes a package with a configuration file. Arguments: name, version, what it depends on, its maintainer script and that's text.
        package() {
          rm -rf build
          mkdir -p build/DEBIAN "build/opt/$1" build/etc
          printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: nobody\nDescription: none\n' "$1" "$2" > build/DEBIAN/control
          [ -z "$3" ] || echo "Depends: $3" >> build/DEBIAN/control
          echo "/etc/$1.conf" > build/DEBIAN/conffiles
          echo "$2" | tee "build/opt/$1/version" > "build/etc/$1.conf"
          if [ -n "${4:-}" ]; then
            printf '#!/bin/sh\n%s\n' "$5" > "build/DEBIAN/$4"
            chmod 755 "build/DEBIAN/$4"
          fi
          dpkg-deb --build build "$root/repository/$1_$2_all.deb" > /dev/null
        }
        # Installs the packages that the archive has, and empties it.
        install_all() {
          chroot "$root" sh -c 'dpkg --install /repository/*.deb' > /dev/null
          rm "$root"/repository/*
        }
        # Lists the packages that the archive has.
        index() {
          for file in "$root"/repository/*.deb; do
            dpkg-deb --field "$file"
            printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${file##*/}" "$(stat --format %s "$file")" \
              "$(sha256sum < "$file" | cut -d ' ' -f 1)"
          done > "$root/repository/Packages"
        }
        # Runs functions of the library. Argument: a script.
        procedure() {
          sed 's#/usr/lib/rehearsal/#/machine/#' ../procedure-library.sh > "$root/machine/library.sh"
          chroot "$root" bash -c ". /machine/library.sh; $1"
        }

        """#

    private func run(_ script: String) async throws -> Tool.Output {
        let work = folder.appending(path: "work")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: Checkout.root.appending(path: "Images/guest/procedure-library.sh"), to: folder.appending(path: "procedure-library.sh"))
        return try await Isolated.run(Self.prelude + script, in: work)
    }

    @Test(
        "an update that was cut off is ended by the next one, and the machine's configuration is kept",
        arguments: [
            // The maintainer script in which dpkg is killed, and what dpkg then has: unpacked, half unpacked, half configured.
            ("preinst", "upgrade", "iU  added 2\niHR first 1\niU  second 2\n"),
            ("postrm", "upgrade", "iU  added 2\niHR first 1\niU  second 2\n"),
            ("postinst", "configure", "ii  added 2\niF  first 2\niU  second 2\n"),
        ])
    func cutOff(script: String, action: String, states: String) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try await run(
            #"""
            kill='[ "$1" != \#(action) ] || [ ! -e /cutting ] || { rm /cutting; kill -9 $PPID; }'
            # An upgrade runs the old version's postrm and the new version's others.
            package first 1 '' \#(script) "$kill"
            package second 1 'first (= 1)'
            install_all
            echo local > "$root/etc/first.conf"
            echo local > "$root/etc/second.conf"
            package added 2 ''
            package first 2 added \#(script) "$kill"
            package second 2 'first (= 2)'
            index
            touch "$root/cutting"
            procedure 'refresh_packages && quiet_apt --with-new-pkgs upgrade' > /dev/null 2>&1 && exit 1
            states() { chroot "$root" dpkg-query --show --showformat '${db:Status-Abbrev} ${Package} ${Version}\n'; }
            states
            procedure 'refresh_packages && quiet_apt --with-new-pkgs upgrade' >&2
            states
            cat "$root"/etc/*.conf "$root"/opt/*/version
            """#)
        #expect(output.status == 0, "\(output.standardError)")
        #expect(output.standardOutput == states + "ii  added 2\nii  first 2\nii  second 2\n" + "2\nlocal\nlocal\n" + "2\n2\n2\n")
    }

    @Test("a package that was cut off while it was unpacked is unpacked from what was downloaded, also when the archive lacks it by then")
    func unpackedAgain() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try await run(
            #"""
            kill='[ "$1" != upgrade ] || [ ! -e /cutting ] || { rm /cutting; kill -9 $PPID; }'
            package first 1 ''
            package second 1 'first (= 1)'
            install_all
            package first 2 '' preinst "$kill"
            package second 2 'first (= 2)'
            index
            touch "$root/cutting"
            procedure 'refresh_packages && quiet_apt --with-new-pkgs upgrade' > /dev/null 2>&1 && exit 1
            : > "$root/repository/Packages"
            procedure refresh_packages >&2
            chroot "$root" dpkg-query --show --showformat '${db:Status-Abbrev} ${Package} ${Version}\n'
            """#)
        #expect(output.status == 0, "\(output.standardError)")
        #expect(output.standardOutput == "ii  first 2\nii  second 2\n")
    }

    @Test("a package that is held back is named before anything is installed")
    func heldBack() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try await run(
            #"""
            for name in first second; do package "$name" 1 ''; done
            install_all
            for name in first second; do package "$name" 2 ''; done
            index
            procedure refresh_packages > /dev/null
            chroot "$root" apt-mark hold first > /dev/null
            procedure download_packages | tail -n 1 || true
            chroot "$root" apt-mark unhold first > /dev/null
            procedure download_packages > /dev/null
            ls "$root"/var/cache/apt/archives/*.deb | wc -l
            cat "$root"/opt/*/version
            """#)
        #expect(output.status == 0, "\(output.standardError)")
        #expect(output.standardOutput == "error: held back: first\n2\n1\n1\n")
    }

    @Test("a new version that refuses the machine's configuration is named while the old one is in place")
    func refusedConfiguration() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try await run(
            #"""
            package first 1 ''
            install_all
            package first 2 ''
            index
            mkdir -p "$root/machine/configuration.d" "$root/var/lib/rehearsal"
            printf '%s\n' 'new_files first || return 0' 'echo "unknown word in line 1"' \
              'grep -q 2 "$new/opt/first/version" && grep -q known /etc/first.conf' > "$root/machine/configuration.d/first"
            printf '%s\n' 'new_files absent || return 0' 'exit 9' > "$root/machine/configuration.d/second"
            procedure 'refresh_packages && download_packages' > /dev/null
            procedure check_configuration || echo "status $?"
            echo known > "$root/etc/first.conf"
            procedure check_configuration
            cat "$root/opt/first/version"
            ls "$root/var/lib/rehearsal"
            """#)
        #expect(output.status == 0, "\(output.standardError)")
        #expect(
            output.standardOutput == """
                error: the new version of first refuses this machine's configuration: unknown word in line 1
                status 1
                the new version of first accepts this machine's configuration
                1

                """)
    }

    @Test(
        "a clock that is off by more than a minute ends an update before it begins",
        arguments: [("- 10 minutes", 1), ("+ 2 minutes", 1), ("+ 5 seconds", 0)])
    func clock(_ off: String, status: Int) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try await run(
            #"""
            mkdir -p "$root/etc/apt/sources.list.d"
            echo 'deb [trusted=yes] http://192.0.2.1:8787/ ./' > "$root/etc/apt/sources.list.d/candidate.list"
            answer='http_get() { echo "HTTP/1.0 200 OK"; date -u -d "\#(off)" "+Date: %a, %d %b %Y %H:%M:%S GMT"; }'
            procedure "$answer; check_clock" | sed 's/ [0-9]* s / N s /'
            exit ${PIPESTATUS[0]}
            """#)
        #expect(Int(output.status) == status, "\(output.standardError)")
        #expect(output.standardOutput == (status == 0 ? "" : "error: this machine's clock is N s off that of 192.0.2.1\n"))
    }

    @Test("dpkg's lock is waited for, and who keeps it is named")
    func locked() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try await run(
            #"""
            mkfifo held
            python3 -c '
            import fcntl, sys, time
            lock = open(sys.argv[1], "w")
            fcntl.lockf(lock, fcntl.LOCK_EX)
            open("held", "w").close()
            time.sleep(2)' "$root/var/lib/dpkg/lock-frontend" &
            cat held
            procedure 'scaled() { echo 0; }; configure_pending' || echo "status $?"
            procedure 'scaled() { echo 1000; }; configure_pending' && echo "status $?"
            """#)
        #expect(output.status == 0, "\(output.standardError)")
        let lines = output.standardOutput.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first?.contains(/^error: waited 0 s for dpkg's lock, which process \d+ \(python3\) holds$/) == true)
        #expect(lines.dropFirst() == ["status 75", "status 0"])
    }
}
