import Libvirt
import RehearsalHost

/// What runs the machines on this host; saved memory fits only the very same.
public enum HypervisorVersion {
    /// libvirt's version and which QEMU there is, in one line.
    public static func text(emulator: String = "qemu-system-x86_64") -> String {
        "libvirt \((try? Connection.installedVersion()) ?? "unknown"), \(HostIdentity.program(emulator))"
    }
}
