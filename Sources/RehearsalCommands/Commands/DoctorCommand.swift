import ArgumentParser
import Foundation
import RehearsalDeclaration
import RehearsalHost
import RehearsalModel
import RehearsalTestbed

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say whether this host can raise a testbed, how fast, and what to do if not.",
        discussion: "The accelerator is proven by booting a tiny guest, not by looking for /dev/kvm.")

    @Option(help: "table or json.") var format: StatusCommand.Format = .table
    @Flag(help: "Measure again instead of taking what was measured since the host booted.") var fresh = false
    @OptionGroup var images: ImageOptions
    @OptionGroup var directories: Directories

    struct Answer: Encodable {
        let checks: [HostCheck]
        let accelerator: String?
        let slowness: Double?
    }

    func run() async throws {
        try await reportingFailures {
            let project = try directories.project()
            let memory = (try? project.topology("ha").topology.machines.reduce(0) { $0 + $1.memoryMiB }) ?? 8192
            var checks = await HostChecks(directories: directories).all(memoryMiB: memory)
            var host: HostConditions?
            do {
                let measured = try await HostConditions.measure(
                    directories: directories, builder: images.builder(project: project, directories: directories), fresh: fresh)
                host = measured
                checks.append(
                    HostCheck(
                        name: "accelerator", result: measured.accelerator == .kvm ? .ok : .warning, detail: measured.text,
                        remedy: measured.accelerator == .kvm
                            ? nil : "works, every bound is scaled; hardware virtualization would make it faster"))
            } catch {
                checks.append(
                    HostCheck(name: "accelerator", result: .failed, detail: "no guest could be booted: \(error)", remedy: "make deps"))
            }
            switch format {
            case .json:
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
                let answer = Answer(checks: checks, accelerator: host?.accelerator.rawValue, slowness: host?.slowness)
                Terminal.output(String(decoding: try encoder.encode(answer), as: UTF8.self) + "\n")
            case .table:
                for check in checks {
                    let mark =
                        switch check.result {
                        case .ok: "ok     "
                        case .warning: "warning"
                        case .failed: "FAILED "
                        }
                    Terminal.output("\(mark) \(check.name): \(check.detail)\n")
                    if let remedy = check.remedy { Terminal.output("        remedy: \(remedy)\n") }
                }
            }
            if checks.contains(where: { $0.result == .failed }) { throw ExitCode(ExitStatus.harness.rawValue) }
        }
    }
}
