import Foundation
import RehearsalHost
import RehearsalImages
import RehearsalModel
import RehearsalTestbed

extension TestbedSpecification {
    /// The testbed that a topology and its images make.
    ///
    /// - Parameters:
    ///   - name: The testbed's name.
    ///   - files: Where the testbed keeps its files.
    ///   - consoles: The directory for the machines' console logs.
    ///   - cpuModel: The processor model that works with the accelerator; libvirt's default for it if nil.
    ///   - connection: A libvirt URI to use instead of the embedded driver.
    /// - Throws: ``RunError`` when a role of the topology has no image.
    init(
        name: String, topology: Topology, images: ImageSet, files: TestbedFiles, consoles: URL, accelerator: Accelerator, cpuModel: String?,
        connection: String?
    ) throws {
        self.init(
            name: name, directory: files.directory.path, accelerator: accelerator, connection: connection,
            networks: topology.networks.map { network in
                TestbedSpecification.Network(
                    name: network.name, bridge: network.bridge,
                    address: network.recorder.map { "\($0)/\(network.cidr.prefix)" }, mtu: network.mtu)
            },
            machines: try topology.allMachines.map { machine in
                guard let image = images.roles[machine.role] else {
                    throw RunError(.trouble, "there is no image for role \(machine.role) of \(machine.name)")
                }
                return TestbedSpecification.Machine(
                    name: machine.name, memoryMiB: machine.memoryMiB, vcpus: machine.vcpus, kernel: images.kernel.path,
                    initrd: images.initrd.path, commandLine: Self.commandLine(machine.name, accelerator),
                    disk: files.disk(machine.name).path,
                    backing: image.disk.path, backingFormat: "qcow2",
                    interfaces: machine.interfaces.map { .init(network: $0.network, mac: $0.mac) },
                    console: consoles.appendingPathComponent("\(machine.name).log").path, steps: files.steps(machine.name).path,
                    cpuModel: cpuModel)
            })
    }

    /// The kernel's command line: the console, the root disk, the machine's name, and options that shorten an emulated boot without
    /// changing what is rehearsed.
    ///
    /// An emulated guest is told how fast its processor's clock runs. It would measure that against emulated timers, and on a busy host
    /// come to a number that is far off.
    static func commandLine(_ machine: String, _ accelerator: Accelerator) -> String {
        let clock = ProcessorClock.kernelOptions(isEmulated: accelerator == .tcg)
        return "console=ttyS0 root=/dev/vda rw quiet net.ifnames=0 mitigations=off panic=1 clocksource=tsc tsc=reliable \(clock)nowatchdog "
            + "audit=0 apparmor=0 rehearsal.machine=\(machine)"
    }
}
