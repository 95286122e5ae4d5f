import Foundation
import Glibc
import RehearsalHost
import RehearsalTestbed

/// What keeps a QEMU that its guest has taken over away from the host, from the keeper and from other machines.
///
/// libvirt starts a program of ours in place of QEMU, written to ``emulator``. It makes a mount namespace in which nothing is in sight but
/// the programs below `/usr`, two or three devices, and the machine's own files, and becomes QEMU as a user of its own without a capability. What that user may do in those files is granted here, by their groups: each machine has a user
/// and a group of its own for what it writes, and all have one group for what they share and only read.
enum Confinement {
    /// Where libvirt finds the program.
    static let emulator = EmbeddedDriver.root + "/emulator"
    private static let folder = EmbeddedDriver.root + "/confined"

    /// The group of what machines share: kernel, initial RAM disk, images.
    static let readers: gid_t = 60_000

    /// The user and the group of a machine, by its place in the testbed: above what distributions give out, and within the 65536 ids
    /// that are mapped.
    static func identity(of place: Int) -> uid_t { 60_001 + uid_t(place) }

    /// Writes the program and what it shows each machine, and lets machines read what they share.
    static func prepare(_ machines: [TestbedSpecification.Machine]) throws {
        try write(program(folder: folder, qemu: "/usr/bin/qemu-system-x86_64"), to: emulator, mode: 0o755)
        do {
            try FileManager.default.createDirectory(atPath: folder + "/root", withIntermediateDirectories: true)
        } catch {
            throw TestbedError(.host, "cannot make \(folder): \(error.localizedDescription)")
        }
        for (place, machine) in machines.enumerated() {
            let shared = [machine.kernel, machine.initrd, machine.backing].compactMap { $0 }
            for file in shared { try grant(file, to: readers, mode: 0o640) }
            let own = machine.disk.map { ($0 as NSString).deletingLastPathComponent }
            try write("\(identity(of: place))\n", to: "\(folder)/\(machine.name).id", mode: 0o644)
            try write((shared + [own].compactMap { $0 }).map { $0 + "\n" }.joined(), to: "\(folder)/\(machine.name).files", mode: 0o644)
        }
    }

    /// Lets a group use a file beside its owner.
    static func grant(_ file: String, to group: gid_t, mode: mode_t) throws {
        guard chown(file, uid_t.max, group) == 0, chmod(file, mode) == 0 else {
            throw TestbedError(.host, "cannot let machines use \(file): \(lastSystemError())")
        }
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw TestbedError(.host, "cannot write \(path): \(error.localizedDescription)")
        }
        chmod(path, mode)
    }

    /// The program that is started in place of QEMU.
    ///
    /// - Parameters:
    ///   - folder: Where `MACHINE.id` and `MACHINE.files` are, and an empty folder `root`.
    ///   - qemu: The path of QEMU.
    static func program(folder: String, qemu: String) -> String {
        """
        #!/bin/sh
        # shellcheck disable=SC2086 # lists of options
        # libvirt starts this in place of QEMU; see Confinement.swift. It becomes QEMU, so that the process that libvirt knows is QEMU's.
        set -e
        umask 022
        export PATH=/usr/sbin:/usr/bin:/sbin:/bin
        qemu=\(qemu)
        if [ "$1" != --confined ]; then
          machine=
          for word in "$@"; do
            case $word in guest=*) machine=${word#guest=}; machine=${machine%%,*} ;; esac
          done
          # libvirt asks QEMU what it can. No guest runs then.
          [ -n "$machine" ] || exec $qemu "$@"
          exec unshare --mount -- "$0" --confined "$machine" "$@"
        fi
        machine=$2
        shift 2
        read -r id < \(folder)/$machine.id
        root=\(folder)/root
        mount -t tmpfs -o mode=0755,size=4m confined $root

        # Puts a file or a folder in sight, at its own place.
        show() {
          mkdir -p "$root${1%/*}"
          if [ -d "$1" ]; then mkdir -p "$root$1"; else : > "$root$1"; fi
          mount --bind "$1" "$root$1"
        }
        show /usr
        for part in /bin /sbin /lib /lib32 /lib64 /libx32; do
          if [ -L $part ]; then cp -P $part $root$part; elif [ -d $part ]; then show $part; fi
        done
        show /etc/ld.so.cache
        show /dev/null
        show /dev/urandom
        while IFS= read -r file; do show "$file"; done < \(folder)/$machine.files
        for word in "$@"; do
          case $word in
            *'/master-key.aes"'*)
              key=${word#*\\"file\\":\\"}
              key=${key%%\\"*}
              chown "$id" "$key"
              show "$key"
              ;;
            kvm | accel=kvm* | *,accel=kvm*) show /dev/kvm; kvm=yes ;;
          esac
        done
        mkdir $root/before $root/proc
        cd $root
        pivot_root . before
        cd /
        # umount reads /proc.
        mount --rbind /before/proc /proc
        umount -l /before
        umount -l /proc
        rmdir /before /proc
        as="--reuid=$id --regid=$id --groups=\(readers) --inh-caps=-all --bounding-set=-all --no-new-privs"
        # Whoever may not use KVM under another id uses it as the testbed's owner, without a capability all the same.
        if [ -n "${kvm:-}" ] && ! setpriv $as -- test -w /dev/kvm; then as='--inh-caps=-all --bounding-set=-all --no-new-privs'; fi
        exec prlimit --rtprio=0:0 --nice=0:0 -- setpriv $as -- $qemu "$@"

        """
    }
}
