import Foundation
import Glibc
public import RehearsalModel

/// Finds out by booting a tiny guest how guests can be run on this host, and how slow they are.
///
/// That `/dev/kvm` opens proves nothing: on some hosts guests hang under it for ever.
public struct AcceleratorProbe: Sendable {
    /// What the probe found.
    public struct Result: Codable, Sendable, Equatable {
        /// How guests can be run.
        public var accelerator: Accelerator
        /// The processor model that works with it, as libvirt names it.
        public var cpuModel: String
        /// Why, in one line; says what was wrong with KVM if it cannot be used.
        public var reason: String
        /// How many times longer a fixed piece of work takes in a guest than natively; at least 1.
        public var slowness: Double
        /// The boot of the host the result belongs to.
        public var bootID: String
        /// When it was measured.
        public var measured: Timestamp
        /// Seconds from the guest's start to its first program.
        public var bootSeconds: Double
        /// Seconds the piece of work took in the guest.
        public var guestSeconds: Double
        /// Seconds the piece of work took natively.
        public var nativeSeconds: Double
        /// Whether `/dev/kvm` could be opened: a cached result is only good while that has not changed.
        public var kvmOpens: Bool
        /// The kernel the probe booted.
        public var kernel: String
        /// Which emulator it was measured with: path, size in bytes and time of its last change.
        public var emulator: String
        /// How many processors were busy meanwhile with other work than the guest's; at least 0.
        public var othersBusy: Double

        /// Whether other work took so much of the host that the guest may seem slower than it is.
        public var isDisturbed: Bool { othersBusy > 0.3 }
    }

    /// The kernel to boot.
    public var kernel: String
    /// The initial file system that prints the markers.
    public var initrd: String
    /// The script with the piece of work, run natively as `busybox sh loop busybox`.
    public var loop: String
    /// The busybox the script is run with, the same as in the initial file system.
    public var busybox: String
    /// How long a guest may take under KVM until its first program, in seconds.
    public var kvmBound = 8.0
    /// How long a guest may take under TCG until its first program, in seconds.
    public var tcgBound = 90.0
    /// How long the piece of work may take in a guest, in seconds.
    public var loopBound = 90.0
    /// The program to run.
    public var emulator = "qemu-system-x86_64"
    /// The device KVM is used through.
    public var device = "/dev/kvm"
    /// The host's processor times, as in `proc_stat(5)`.
    public var statistics = "/proc/stat"

    /// Makes a probe of the files `kernel.sh` builds.
    public init(kernel: String, initrd: String, loop: String, busybox: String) {
        self.kernel = kernel
        self.initrd = initrd
        self.loop = loop
        self.busybox = busybox
    }

    /// The result in the cache if it is of this boot of the host, and KVM's device and the emulator are as they were then;
    /// otherwise a new one, which is put there.
    ///
    /// A result that was measured beside other work is measured again at the next call, because every bound is scaled by it. Until one is
    /// measured undisturbed, the lowest counts.
    /// - Parameter cache: A file; its directory is made if absent.
    /// - Throws: ``HostError`` with code `host` if no guest boots at all.
    public func cached(in cache: String) async throws -> Result {
        let kvm = opens(device)
        var disturbed: Result?
        if let data = FileManager.default.contents(atPath: cache), let result = try? JSONDecoder().decode(Result.self, from: data),
            result.bootID == HostClock.bootID(), result.kvmOpens == kvm, result.kernel == kernel,
            result.emulator == HostIdentity.program(emulator)
        {
            guard result.isDisturbed else { return result }
            disturbed = result
        }
        let result = try await run()
        if let disturbed, result.isDisturbed, disturbed.slowness <= result.slowness { return disturbed }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let file = URL(fileURLWithPath: cache)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try encoder.encode(result).write(to: file, options: .atomic)
        } catch {
            throw HostError(.host, "cannot keep the accelerator probe's result in \(cache): \(error.localizedDescription)")
        }
        return result
    }

    /// Boots the guest under KVM, and under TCG if that fails.
    ///
    /// - Throws: ``HostError`` with code `host` if no guest boots at all.
    public func run() async throws -> Result {
        for file in [kernel, initrd, loop, busybox] where access(file, R_OK) != 0 {
            throw HostError(.notFound, "cannot probe the accelerator: cannot read \(file): \(String(cString: strerror(errno)))")
        }
        let native = try await nativeSeconds()
        let kvmOpens = opens(device)
        var refusal = "\(device) cannot be opened (\(String(cString: strerror(errno))))"
        if kvmOpens {
            // Some hosts cannot give a guest their own processor but can give it a plain one.
            var failures: [String] = []
            for cpu in ["host-passthrough", "qemu64"] {
                switch try await boot(.kvm, cpu: cpu, bound: kvmBound) {
                case .measured(let boot, let guest, let others):
                    let reason = "a guest reached its first program under KVM in \(Self.text(boot)) s"
                    return result(.kvm, cpu, reason, boot, guest, native, kvmOpens, others)
                case .failed(let why): failures.append("with processor \(cpu) \(why)")
                }
            }
            refusal = "\(device) opens, but " + failures.joined(separator: ", and ")
        }
        switch try await boot(.tcg, cpu: "Nehalem", bound: tcgBound) {
        case .measured(let boot, let guest, let others):
            return result(.tcg, "Nehalem", "\(refusal); guests are emulated", boot, guest, native, kvmOpens, others)
        case .failed(let why):
            throw HostError(.host, "no guest can be run here: \(refusal), and under emulation \(why)")
        }
    }

    private func result(
        _ accelerator: Accelerator, _ cpuModel: String, _ reason: String, _ boot: Double, _ guest: Double,
        _ native: Double, _ kvmOpens: Bool, _ othersBusy: Double
    ) -> Result {
        Result(
            accelerator: accelerator, cpuModel: cpuModel, reason: reason,
            slowness: max(1, (guest / max(native, 0.01) * 100).rounded() / 100),
            bootID: HostClock.bootID(), measured: HostClock.wall(), bootSeconds: boot, guestSeconds: guest, nativeSeconds: native,
            kvmOpens: kvmOpens, kernel: kernel, emulator: HostIdentity.program(emulator), othersBusy: othersBusy)
    }

    // MARK: Boots

    private enum Outcome {
        case measured(boot: Double, guest: Double, othersBusy: Double)
        case failed(String)
    }

    /// The emulator's command for one boot.
    func command(_ accelerator: Accelerator, cpu: String, console: String) -> [String] {
        // Whatever happens to this process, the guest does not outlive its bounds by much.
        let bound = Int((accelerator == .kvm ? kvmBound : tcgBound) + loopBound) + 5
        let clock = ProcessorClock.kernelOptions(isEmulated: accelerator == .tcg)
        return [
            "timeout", "--signal=KILL", "\(bound)", emulator, "-machine", "pc", "-accel", accelerator.rawValue, "-cpu",
            cpu == "host-passthrough" ? "host" : cpu, "-m", "256", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-chardev", "file,id=console,path=\(console.replacingOccurrences(of: ",", with: ",,"))", "-serial", "chardev:console",
            "-kernel",
            kernel, "-initrd", initrd, "-append",
            "console=ttyS0 quiet mitigations=off panic=-1 clocksource=tsc tsc=reliable \(clock)nowatchdog audit=0 apparmor=0",
        ]
    }

    private func boot(_ accelerator: Accelerator, cpu: String, bound: Double) async throws -> Outcome {
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let console = directory + "/console"
        let log = directory + "/log"
        let processes = ProcessTable()
        let start = ContinuousClock.now
        let process = try await processes.start(command(accelerator, cpu: cpu, console: console), log: log)
        let outcome: Outcome
        do {
            outcome = try await watch(process.pid, processes, console: console, log: log, start: start, bound: bound)
        } catch {
            _ = try? await processes.end(process.pid, grace: 0)
            throw error
        }
        _ = try? await processes.end(process.pid, grace: 0)
        return outcome
    }

    private func watch(
        _ pid: Int32, _ processes: ProcessTable, console: String, log: String, start: ContinuousClock.Instant,
        bound: Double
    ) async throws -> Outcome {
        var boot: Double?
        let busy = busySeconds()
        while true {
            let elapsed = Self.seconds(.now - start)
            let running = try await processes.status(pid).running
            let text = FileManager.default.contents(atPath: console).map { String(decoding: $0, as: UTF8.self) } ?? ""
            if boot == nil, text.contains("REHEARSAL-PROBE-UP") { boot = elapsed }
            if let boot, let guest = Self.loopSeconds(in: text) {
                // The guest itself keeps one processor busy.
                let others = (busySeconds() - busy) / max(elapsed, 0.1) - 1
                return .measured(boot: boot, guest: guest, othersBusy: max(0, others))
            }
            guard running else {
                let said = FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? ""
                let last = said.split(separator: "\n").last.map { ": \($0)" } ?? ""
                return .failed("QEMU ended after \(Self.text(elapsed)) s\(last)")
            }
            if let boot {
                if elapsed > boot + loopBound { return .failed("the guest's work did not end in \(Self.text(loopBound)) s") }
            } else if elapsed > bound {
                return .failed("a guest did not reach its first program in \(Self.text(bound)) s")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func nativeSeconds() async throws -> Double {
        let result = try await ProcessTable().run([busybox, "sh", loop, busybox], timeout: loopBound)
        guard result.isSuccess, let seconds = Self.loopSeconds(in: result.standardOutput) else {
            throw HostError(
                .host, "cannot probe the accelerator: \(loop) failed natively with status \(result.status): \(result.standardError)")
        }
        return seconds
    }

    // MARK: Pieces

    /// The seconds in a complete line `REHEARSAL-PROBE-LOOP <centiseconds>`.
    static func loopSeconds(in text: String) -> Double? {
        let marker = "REHEARSAL-PROBE-LOOP "
        guard let start = text.range(of: marker)?.upperBound, let end = text[start...].firstIndex(where: \.isNewline),
            let centiseconds = Int(text[start..<end])
        else { return nil }
        return Double(centiseconds) / 100
    }

    /// The seconds that all the host's processors together have been busy.
    private func busySeconds() -> Double {
        let text = FileManager.default.contents(atPath: statistics).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let line = text.prefix { !$0.isNewline }.split(separator: " ").dropFirst().compactMap { Double($0) }
        guard line.count >= 7 else { return 0 }
        // user, nice, system, irq and softirq, of which there are sysconf(_SC_CLK_TCK) a second.
        return (line[0] + line[1] + line[2] + line[5] + line[6]) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private func opens(_ path: String) -> Bool {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }

    private func temporaryDirectory() throws -> String {
        let directory = NSTemporaryDirectory() + "/rehearsal-probe-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return directory
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }

    private static func text(_ seconds: Double) -> String {
        let tenths = (seconds * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
    }
}
