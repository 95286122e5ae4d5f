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

    /// The longest name that Linux allows an interface (`IFNAMSIZ` less its end), in bytes.
    private static let longestInterface = 15

    /// The name of its bridge in the testbed's network namespace. What does not fit whole ends in the FNV-1a hash of the network's name, so
    /// that networks whose names begin alike have bridges of their own.
    public var bridge: String {
        let whole = "br-\(name)"
        guard whole.utf8.count > Self.longestInterface else { return whole }
        let hash = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let digits = String(hash, radix: 16)
        return "br-\(name.prefix(3))-" + String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Makes a network.
    public init(name: String, cidr: IPv4Network, mtu: Int = 1500, recorder: IPv4Address? = nil) {
        self.name = name
        self.cidr = cidr
        self.mtu = mtu
        self.recorder = recorder
    }
}
