/// A block of IPv4 addresses, written and encoded in CIDR form ("192.0.2.0/24").
public struct IPv4Network: Hashable, Sendable {
    /// The lowest address of the block.
    public let address: IPv4Address
    /// The number of leading bits that all addresses of the block share, 0 to 32.
    public let prefix: Int

    /// Makes the block of the given prefix length that contains `address`.
    ///
    /// - Precondition: `prefix` is 0 to 32.
    public init(containing address: IPv4Address, prefix: Int) {
        precondition((0...32).contains(prefix), "prefix length \(prefix)")
        self.prefix = prefix
        self.address = IPv4Address(bits: address.bits & Self.mask(prefix))
    }

    /// Parses "address/prefix". The address must be the lowest of the block; anything else gives `nil`.
    public init?(_ text: String) {
        guard let (address, network) = Self.parse(text), network.address == address else { return nil }
        self = network
    }

    /// Parses "address/prefix" into the address and the block that contains it; the address need not be the lowest.
    public static func parse(_ text: String) -> (address: IPv4Address, network: IPv4Network)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(String(parts[0])),
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let prefix = Int(parts[1]), prefix <= 32
        else { return nil }
        return (address, IPv4Network(containing: address, prefix: prefix))
    }

    /// The highest address of the block.
    public var broadcast: IPv4Address {
        IPv4Address(bits: address.bits | ~Self.mask(prefix))
    }

    /// Whether the address is in the block.
    public func contains(_ other: IPv4Address) -> Bool {
        other.bits & Self.mask(prefix) == address.bits
    }

    /// Whether a machine can have the address: it is in the block, and is neither its first nor its last address.
    public func isUsable(_ other: IPv4Address) -> Bool {
        contains(other) && (prefix >= 31 || (other != address && other != broadcast))
    }

    /// Whether the two blocks have an address in common.
    public func overlaps(_ other: IPv4Network) -> Bool {
        contains(other.address) || other.contains(address)
    }

    private static func mask(_ prefix: Int) -> UInt32 {
        prefix == 0 ? 0 : UInt32.max << UInt32(32 - prefix)
    }
}

extension IPv4Network: CustomStringConvertible {
    /// The CIDR form.
    public var description: String {
        "\(address)/\(prefix)"
    }
}

extension IPv4Network: Codable {
    /// Decodes the CIDR form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let network = IPv4Network(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not an IPv4 network")
        }
        self = network
    }

    /// Encodes the CIDR form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
