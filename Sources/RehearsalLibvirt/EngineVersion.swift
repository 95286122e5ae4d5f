internal import Foundation
internal import Glibc
internal import Libvirt

/// What runs the machines on this host: saved memory only fits the very same.
public enum EngineVersion {
    /// libvirt's version and which QEMU there is, in one line.
    public static func text(emulator: String = "qemu-system-x86_64") -> String {
        "libvirt \((try? Connection.installedVersion()) ?? "unknown"), \(identity(of: emulator))"
    }

    /// Which program a name stands for: its path, size in bytes and time of its last change.
    static func identity(of emulator: String) -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        let paths = emulator.contains("/") ? [emulator] : folders.map { "\($0)/\(emulator)" }
        for path in paths {
            var status = stat()
            guard access(path, X_OK) == 0, stat(path, &status) == 0 else { continue }
            return "\(path) \(status.st_size) \(status.st_mtim.tv_sec)"
        }
        return emulator
    }

    /// The host's processor as the kernel names it.
    public static func hostProcessor() -> String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").prefix { !$0.hasPrefix("processor\t: 1") }
        return lines.filter { $0.hasPrefix("model name") || $0.hasPrefix("flags") }.joined(separator: "; ")
    }
}
