/// A machine's attachment to a network.
public struct Interface: Hashable, Codable, Sendable {
    /// The name in the guest ("eth0").
    public let device: String
    /// The network.
    public let network: String
    /// The address.
    public let address: IPv4Address
    /// The prefix length of the network.
    public let prefix: Int
    /// The hardware address ("52:54:00:00:00:02").
    public let mac: String

    /// Makes an interface.
    public init(device: String, network: String, address: IPv4Address, prefix: Int, mac: String) {
        self.device = device
        self.network = network
        self.address = address
        self.prefix = prefix
        self.mac = mac
    }

    /// The hardware address of a machine's interface: QEMU's prefix, the network's place, the machine's number.
    public static func mac(networkIndex: Int, machineNumber: Int) -> String {
        let bytes = [0x52, 0x54, 0x00, networkIndex & 0xff, machineNumber >> 8 & 0xff, machineNumber & 0xff]
        return bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined(separator: ":")
    }
}
