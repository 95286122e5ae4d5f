/// A network that machines are attached to.
public struct Network: Hashable, Codable, Sendable {
    /// The name of the control plane: the network over which the machines are managed.
    public static let controlPlane = "ctlplane"

    /// The name, unique in its topology.
    public let name: String
    /// The addresses of the network.
    public let cidr: IPv4Network
    /// The largest packet, in bytes.
    public let mtu: Int
    /// The recorder's own address on the network; nil if it sends no probes there.
    public let recorder: IPv4Address?

    /// The name of its bridge in the testbed's network namespace: at most 15 characters, as the kernel requires.
    public var bridge: String { String("br-\(name)".prefix(15)) }

    /// Makes a network.
    public init(name: String, cidr: IPv4Network, mtu: Int = 1500, recorder: IPv4Address? = nil) {
        self.name = name
        self.cidr = cidr
        self.mtu = mtu
        self.recorder = recorder
    }
}
