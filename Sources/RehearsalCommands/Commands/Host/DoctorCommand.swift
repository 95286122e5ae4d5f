import ArgumentParser
import Foundation
import RehearsalDeclaration
import RehearsalHost
import RehearsalModel
import RehearsalRuns
import RehearsalTestbed

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say whether this host can raise a testbed, how fast, and what to do if not.",
        discussion: """
            The accelerator is proven by booting a tiny guest, not by looking for /dev/kvm. The slowness is how many times longer a \
            reference loop takes in that guest than on this host; every bound of a run is multiplied by it.
            """)

    @OptionGroup var output: OutputOptions
    @Flag(help: "Measure again instead of taking what was measured since the host booted.") var fresh = false
    @OptionGroup var images: ImageOptions
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let project = try directories.project()
            let memory = (try? project.topology("ha").value.topology.machines.reduce(0) { $0 + $1.memoryMiB }) ?? 8192
            var checks = await HostChecks(places: directories.places).all(memoryMiB: memory)
            var host: HostConditions?
            do {
                let measured = try await HostConditions.measure(
                    cache: directories.cache,
                    builder: directories.runs(TerminalObserver(.imagesAlone)).builder(project, images.settings), fresh: fresh)
                host = measured
                checks.append(
                    HostCheck(
                        name: "accelerator", result: measured.accelerator == .kvm ? .ok : .warning, detail: measured.text,
                        remedy: measured.accelerator == .kvm
                            ? nil : "works, every bound is scaled; hardware virtualization would make it faster"))
            } catch {
                checks.append(
                    HostCheck(
                        name: "accelerator", result: .failed, detail: "no guest could be booted: \(error.quoted)", remedy: "make deps"))
            }
            try output.print(
                DoctorListing(checks: checks, accelerator: host?.accelerator.rawValue, slowness: host?.slowness))
            if checks.contains(where: { $0.result == .failed }) { throw ExitCode(ExitStatus.harness.rawValue) }
        }
    }
}
