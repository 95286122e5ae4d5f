import Foundation
import RehearsalHost
import RehearsalImages
import RehearsalLibvirt
import RehearsalTestbed

/// What this host can do for guests, found by booting one.
struct HostConditions {
    let accelerator: Accelerator
    let reason: String
    /// The processor model that works with the accelerator.
    let cpuModel: String
    /// Guest time / native time of the same loop, at least 1.
    let slowness: Double
    /// Whether that was measured beside other work.
    let isDisturbed: Bool

    /// In one line, for people.
    var text: String {
        let text = "\(accelerator.rawValue), guests run \(String(format: "%.1f", slowness)) times slower than the host: \(reason)"
        return isDisturbed ? text + "; other work was in the way, so this is measured again by the next command" : text
    }
}

extension HostConditions {
    /// Measures once per boot of the host, unless other work was in the way; later calls read the cache.
    static func measure(directories: Directories, builder: ImageBuilder, fresh: Bool = false) async throws -> HostConditions {
        let kernel = try await builder.kernel()
        let files = kernel.directory
        let probe = AcceleratorProbe(
            kernel: files.appendingPathComponent("vmlinuz").path, initrd: files.appendingPathComponent("probe-initrd").path,
            loop: files.appendingPathComponent("probe-loop.sh").path, busybox: files.appendingPathComponent("busybox").path)
        let cache = directories.cache.appendingPathComponent("accelerator.json").path
        if fresh { try? FileManager.default.removeItem(atPath: cache) }
        let result = try await probe.cached(in: cache)
        return HostConditions(
            accelerator: result.accelerator, reason: result.reason, cpuModel: result.cpuModel, slowness: result.slowness,
            isDisturbed: result.isDisturbed)
    }
}

/// How this program is started again for its helpers.
enum Executable {
    static var path: String { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0] }
}
