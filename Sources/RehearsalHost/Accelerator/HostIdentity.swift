import Foundation
import Glibc

/// What distinguishes one host, or one state of a host, from another.
public enum HostIdentity {
    /// Which program a name stands for: its path, size in bytes and time of its last change.
    public static func program(_ name: String) -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        let paths = name.contains("/") ? [name] : folders.map { "\($0)/\(name)" }
        for path in paths {
            var status = stat()
            guard access(path, X_OK) == 0, stat(path, &status) == 0 else { continue }
            return "\(path) \(status.st_size) \(status.st_mtim.tv_sec)"
        }
        return name
    }

    /// The processor as the kernel names it.
    public static func processor() -> String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").prefix { !$0.hasPrefix("processor\t: 1") }
        return lines.filter { $0.hasPrefix("model name") || $0.hasPrefix("flags") }.joined(separator: "; ")
    }
}
