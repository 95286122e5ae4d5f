/// An IPv4 address, written and encoded in dotted form ("192.0.2.11").
public struct IPv4Address: Hashable, Sendable {
    /// The address as a number, most significant byte first.
    public let bits: UInt32

    /// Makes an address of its 32 bits.
    public init(bits: UInt32) {
        self.bits = bits
    }

    /// Parses four decimal numbers joined by dots; `nil` for anything else, leading zeros included.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let byte = UInt8(part),
                part.count == 1 || part.first != "0"
            else { return nil }
            bits = bits << 8 | UInt32(byte)
        }
        self.bits = bits
    }

    /// The address `distance` places further on, or `nil` past either end of the address space.
    public func advanced(by distance: Int) -> IPv4Address? {
        UInt32(exactly: Int(bits) + distance).map(IPv4Address.init(bits:))
    }
}

extension IPv4Address: CustomStringConvertible {
    /// The dotted form.
    public var description: String {
        "\(bits >> 24).\(bits >> 16 & 0xff).\(bits >> 8 & 0xff).\(bits & 0xff)"
    }
}

extension IPv4Address: Comparable {
    /// Orders addresses as numbers.
    public static func < (left: IPv4Address, right: IPv4Address) -> Bool {
        left.bits < right.bits
    }
}

extension IPv4Address: Codable {
    /// Decodes the dotted form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let address = IPv4Address(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not an IPv4 address")
        }
        self = address
    }

    /// Encodes the dotted form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
