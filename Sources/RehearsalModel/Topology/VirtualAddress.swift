/// An address that the cluster moves between machines.
public struct VirtualAddress: Hashable, Codable, Sendable {
    /// The name, unique in its topology.
    public let name: String
    /// The network that the address is on.
    public let network: String
    /// The address.
    public let address: IPv4Address

    /// Makes a virtual address.
    public init(name: String, network: String, address: IPv4Address) {
        self.name = name
        self.network = network
        self.address = address
    }
}
