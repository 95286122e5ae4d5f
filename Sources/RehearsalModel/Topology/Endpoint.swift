/// An IPv4 address and a port, written "192.0.2.10:5000".
public struct Endpoint: Hashable, Sendable {
    /// The address.
    public let address: IPv4Address
    /// The port, never 0.
    public let port: UInt16

    /// Makes an endpoint.
    public init(address: IPv4Address, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Reads an address and a port joined by a colon; `nil` for anything else.
    ///
    /// - Parameter defaultPort: The port of a text without one; `nil` requires one.
    public init?(_ text: some StringProtocol, defaultPort: UInt16? = nil) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = IPv4Address(String(parts[0])) else { return nil }
        guard let port = parts.count == 2 ? UInt16(parts[1]) : defaultPort, port > 0 else { return nil }
        self.init(address: address, port: port)
    }
}

extension Endpoint: CustomStringConvertible {
    /// The form that is read.
    public var description: String { "\(address):\(port)" }
}
