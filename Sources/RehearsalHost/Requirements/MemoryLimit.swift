import Foundation

/// What the control groups around this process leave it of the memory.
enum MemoryLimit {
    /// How much memory can still be taken, in MiB; nil where no control group limits it.
    ///
    /// Each group up to the highest in sight may have a limit (`memory.max`), of which its use counts (`memory.current`) but for the
    /// part of the page cache that is given back at once (`inactive_file` of `memory.stat`); see cgroup-v2.rst of the kernel.
    ///
    /// - Parameters:
    ///   - root: Where the unified hierarchy is mounted.
    ///   - membership: The content of `/proc/self/cgroup`.
    static func availableMiB(
        root: String = "/sys/fs/cgroup", membership: String? = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
    )
        -> Int?
    {
        guard let line = membership?.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        var folder = URL(fileURLWithPath: root + line.dropFirst(3)).standardizedFileURL
        var least: Int?
        while folder.path.hasPrefix(root) {
            if let limit = number(folder, "memory.max"), let used = number(folder, "memory.current") {
                let cached = text(folder, "memory.stat")?.split(separator: "\n").first { $0.hasPrefix("inactive_file ") }
                    .flatMap { Int($0.dropFirst("inactive_file ".count)) }
                least = min(least ?? .max, max(0, limit - used + (cached ?? 0)) >> 20)
            }
            folder.deleteLastPathComponent()
        }
        return least
    }

    private static func text(_ folder: URL, _ name: String) -> String? {
        try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    private static func number(_ folder: URL, _ name: String) -> Int? {
        text(folder, name).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
}
