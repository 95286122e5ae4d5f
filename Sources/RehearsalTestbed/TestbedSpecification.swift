public import Foundation
public import RehearsalModel

/// Everything a keeper needs to raise a testbed; written by the engine as JSON.
public struct TestbedSpecification: Codable, Sendable, Equatable {
    /// The name of the file in the testbed's directory that says what its keeper was started with.
    public static let fileName = "testbed.json"

    /// A bridge in the testbed's network namespace.
    public struct Network: Codable, Sendable, Equatable {
        /// The network's name in the topology.
        public var name: String
        /// The bridge's name, at most 15 characters.
        public var bridge: String
        /// The namespace's own address on the bridge with its prefix length, for example `192.0.2.254/24`.
        public var address: String?
        /// The largest packet, in bytes.
        public var mtu: Int

        /// Makes a network.
        public init(name: String, bridge: String, address: String? = nil, mtu: Int = 1500) {
            self.name = name
            self.bridge = bridge
            self.address = address
            self.mtu = mtu
        }
    }

    /// A machine's connection to a network.
    public struct Interface: Codable, Sendable, Equatable {
        /// The network's name.
        public var network: String
        /// The hardware address, for example `52:54:00:00:00:02`.
        public var mac: String

        /// Makes an interface.
        public init(network: String, mac: String) {
            self.network = network
            self.mac = mac
        }
    }

    /// A guest.
    ///
    /// All paths are absolute.
    public struct Machine: Codable, Sendable, Equatable {
        /// The machine's name: lower-case letters, digits and hyphens.
        public var name: String
        /// Memory in MiB.
        public var memoryMiB: Int
        /// Virtual processors.
        public var vcpus: Int
        /// The kernel booted directly.
        public var kernel: String
        /// The kernel's initial file system.
        public var initrd: String
        /// The kernel's command line.
        public var commandLine: String
        /// The machine's own disk, a qcow2 overlay that the keeper makes if absent; without one the machine has no disk.
        public var disk: String?
        /// The image under the overlay.
        public var backing: String?
        /// The format of `backing`: `raw` or `qcow2`.
        public var backingFormat: String?
        /// Network interfaces in the order of the guest's eth0, eth1, ….
        public var interfaces: [Interface]
        /// The file the serial console is appended to.
        public var console: String
        /// The file to which the guest's port `rehearsal.steps.0` is appended.
        public var steps: String
        /// The processor model; `host-passthrough` under KVM and `Nehalem` under TCG if absent.
        public var cpuModel: String?

        /// Makes a machine.
        public init(
            name: String, memoryMiB: Int, vcpus: Int = 1, kernel: String, initrd: String, commandLine: String,
            disk: String? = nil, backing: String? = nil, backingFormat: String? = nil, interfaces: [Interface] = [],
            console: String, steps: String, cpuModel: String? = nil
        ) {
            self.name = name
            self.memoryMiB = memoryMiB
            self.vcpus = vcpus
            self.kernel = kernel
            self.initrd = initrd
            self.commandLine = commandLine
            self.disk = disk
            self.backing = backing
            self.backingFormat = backingFormat
            self.interfaces = interfaces
            self.console = console
            self.steps = steps
            self.cpuModel = cpuModel
        }
    }

    /// The testbed's name.
    public var name: String
    /// The directory that holds all its state; absolute.
    public var directory: String
    /// How guests are run.
    public var accelerator: Accelerator
    /// A libvirt URI to use instead of the embedded driver, for example `test:///default`.
    public var connection: String?
    /// The networks.
    public var networks: [Network]
    /// The machines.
    public var machines: [Machine]

    /// Makes a specification.
    public init(
        name: String, directory: String, accelerator: Accelerator, connection: String? = nil, networks: [Network] = [],
        machines: [Machine] = []
    ) {
        self.name = name
        self.directory = directory
        self.accelerator = accelerator
        self.connection = connection
        self.networks = networks
        self.machines = machines
    }

    /// Whether the machines belong to the keeper's own libvirt, in namespaces of the testbed.
    public var isEmbedded: Bool { connection.map { $0.hasPrefix("qemu:///embed") } ?? true }

    /// Reads a specification from its JSON.
    ///
    /// - Throws: ``TestbedError`` with code `invalid-argument` that names the key, or the first thing ``validate()`` finds.
    public init(json: Data) throws {
        do {
            self = try JSONDecoder().decode(TestbedSpecification.self, from: json)
        } catch let error as DecodingError {
            throw TestbedError(.invalidArgument, "cannot read the testbed's specification: \(error.explanation)")
        }
        try validate()
    }

    /// The JSON of the specification, keys sorted.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    /// Checks what a keeper relies on: absolute paths, usable names, known networks, nothing named twice.
    ///
    /// - Throws: ``TestbedError`` with code `invalid-argument` that lists all problems.
    public func validate() throws {
        var problems: [String] = []
        func absolute(_ path: String?, _ what: String) {
            if let path, !path.hasPrefix("/") { problems.append("\(what) '\(path)' is not an absolute path") }
        }
        func unique(_ names: [String], _ what: String) {
            var seen: Set<String> = []
            for name in names where !seen.insert(name).inserted { problems.append("\(what) '\(name)' is named twice") }
        }
        absolute(directory, "directory")
        unique(networks.map(\.name), "network")
        unique(networks.map(\.bridge), "bridge")
        unique(machines.map(\.name), "machine")
        unique(machines.flatMap(\.interfaces).map { $0.mac.lowercased() }, "hardware address")
        for network in networks {
            if network.bridge.isEmpty || network.bridge.utf8.count > 15
                || !network.bridge.utf8.allSatisfy({ isNameByte($0) || $0 == UInt8(ascii: "_") })
            {
                problems.append("bridge '\(network.bridge)' of network \(network.name) is not an interface name of 1 to 15 characters")
            }
            if !(68...65535).contains(network.mtu) { problems.append("mtu \(network.mtu) of network \(network.name) is not 68 to 65535") }
        }
        let known = Set(networks.map(\.name))
        for machine in machines {
            if machine.name.isEmpty || machine.name.utf8.count > 63 || !machine.name.utf8.allSatisfy({ isNameByte($0) }) {
                problems.append("machine name '\(machine.name)' is not 1 to 63 letters, digits and hyphens")
            }
            if machine.memoryMiB <= 0 { problems.append("machine \(machine.name) has \(machine.memoryMiB) MiB of memory") }
            if machine.vcpus <= 0 { problems.append("machine \(machine.name) has \(machine.vcpus) processors") }
            absolute(machine.kernel, "kernel of \(machine.name)")
            absolute(machine.initrd, "initrd of \(machine.name)")
            absolute(machine.disk, "disk of \(machine.name)")
            absolute(machine.backing, "backing image of \(machine.name)")
            absolute(machine.console, "console of \(machine.name)")
            absolute(machine.steps, "steps file of \(machine.name)")
            for interface in machine.interfaces where !known.contains(interface.network) {
                problems.append("machine \(machine.name) is on network '\(interface.network)', which is not declared")
            }
        }
        guard problems.isEmpty else {
            throw TestbedError(
                .invalidArgument, "the specification of testbed '\(name)' is not usable: " + problems.joined(separator: "; "))
        }
    }
}

private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"):
        true
    default: false
    }
}

extension DecodingError {
    /// The place and the reason in one line.
    public var explanation: String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "at the top" : "at " + path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        }
        return switch self {
        case .keyNotFound(let key, let context): "key '\(key.stringValue)' is missing \(place(context.codingPath))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "\(context.debugDescription) \(place(context.codingPath))"
        @unknown default: "\(self)"
        }
    }
}
