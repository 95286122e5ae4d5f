public import Foundation
import RehearsalHost
public import RehearsalImages
public import RehearsalModel

/// What this host can do for guests, found by booting one.
public struct HostConditions: Sendable {
    /// How guests are run.
    public let accelerator: Accelerator
    /// Why.
    public let reason: String
    /// The processor model that works with the accelerator.
    public let cpuModel: String
    /// Guest time / native time of the same loop, at least 1.
    public let slowness: Double
    /// Whether that was measured beside other work.
    public let isDisturbed: Bool

    /// In one line, for people.
    public var text: String {
        let text = "\(accelerator.rawValue), guests run \(String(format: "%.1f", slowness)) times slower than the host: \(reason)"
        return isDisturbed ? text + "; other work was in the way, so this is measured again by the next command" : text
    }
}

extension HostConditions {
    /// Measures once per boot of the host, unless other work was in the way; later calls read the cache.
    ///
    /// - Parameter fresh: Whether to measure again although it was done since the host booted.
    public static func measure(cache: URL, builder: ImageBuilder, fresh: Bool = false) async throws -> HostConditions {
        let kernel = try await builder.kernel()
        let files = kernel.directory
        let probe = AcceleratorProbe(
            kernel: files.appendingPathComponent("vmlinuz").path, initrd: files.appendingPathComponent("probe-initrd").path,
            loop: files.appendingPathComponent("probe-loop.sh").path, busybox: files.appendingPathComponent("busybox").path)
        let kept = cache.appendingPathComponent("accelerator.json").path
        if fresh { try? FileManager.default.removeItem(atPath: kept) }
        let result = try await probe.cached(in: kept)
        return HostConditions(
            accelerator: result.accelerator, reason: result.reason, cpuModel: result.cpuModel, slowness: result.slowness,
            isDisturbed: result.isDisturbed)
    }
}
