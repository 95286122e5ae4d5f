/// One machine of a topology.
public struct Machine: Hashable, Codable, Sendable {
    /// The name, unique in its topology ("controller-0").
    public let name: String
    /// The role.
    public let role: String
    /// The machine's place among the machines of its role, from 0.
    public let index: Int
    /// The machine's place among all machines of the topology, from 1.
    public let number: Int
    /// The memory, in MiB.
    public let memoryMiB: Int
    /// The virtual processors.
    public let vcpus: Int
    /// The interfaces, in the order of the topology's networks.
    public let interfaces: [Interface]
    /// The services, in the order they are built.
    public let services: [String]

    /// Makes a machine.
    public init(
        name: String, role: String, index: Int, number: Int, memoryMiB: Int, vcpus: Int,
        interfaces: [Interface], services: [String]
    ) {
        self.name = name
        self.role = role
        self.index = index
        self.number = number
        self.memoryMiB = memoryMiB
        self.vcpus = vcpus
        self.interfaces = interfaces
        self.services = services
    }

    /// The machine's address on a network; nil if the machine is not attached to the network.
    public func address(on network: String) -> IPv4Address? {
        interfaces.first { $0.network == network }?.address
    }
}
